"""Ledger and nightly file at the desk: what rules explain, what is open, who sees to it."""

from datetime import timedelta

import pytest

from tests.services.differences.conftest import compare, loan, plan, rows, told  # noqa: F401
from tests.support.people import make_staff, sign_in_staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def site(settings):
    return settings.site


@pytest.fixture
def vault(gateways):
    return gateways.vault


@pytest.fixture
def desk(client, session, clock):
    clock.advance(seconds=timedelta(days=8).total_seconds())
    staff = make_staff(session, "finance", username="zheng", display_name="郑敏")
    return sign_in_staff(client, session, staff, now=clock.now())


def test_before_any_file_it_says_so(desk):
    assert "还没有对过账" in desk.get("/finance/reconcile").page.text()


def test_what_is_open_is_taken_with_words(desk, told, compare):  # noqa: F811
    told(interest=9_900)
    compare()
    page = desk.get("/finance/reconcile")
    assert "有 1 处要人看" in page.page.text()
    assert "方案期间不计罚息" in page.page.text()
    page = desk.post_form(page, words="核心没有减")
    assert "由您在查" in page.page.text()
    assert "核心没有减" in page.get_data(as_text=True)


def test_too_many_words_and_odd_addresses(desk, told, compare):  # noqa: F811
    told(interest=9_900)
    compare()
    page = desk.post_form(desk.get("/finance/reconcile?after=x.y"), words="长" * 301)
    assert "最多 300 个字" in page.page.text()
    assert desk.get("/finance/reconcile?after=2026-11-30.999999").status_code == 200
