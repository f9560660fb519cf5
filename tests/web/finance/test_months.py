"""A month is closed at the desk by two people, and its report is a file."""

import csv
import io
from datetime import timedelta

import pytest

from app.services.closing.queries import month_report
from tests.services.closing.conftest import NOVEMBER
from tests.services.ledger.made import posted, signed_plan
from tests.support.clock import NOW
from tests.support.people import make_staff, sign_in_staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def plan(session, gateways, settings):
    found = signed_plan(session, gateways.vault, settings.site)
    posted(session, found.plan.id, NOW.date())
    return found


@pytest.fixture
def desks(app, session, clock, plan):
    """Two people of finance in December."""
    clock.advance(seconds=timedelta(days=20).total_seconds())
    return [
        sign_in_staff(
            app.test_client(),
            session,
            make_staff(session, "finance", username=name),
            now=clock.now(),
        )
        for name in ("zheng", "he")
    ]


def text(response):
    return response.page.text()


def test_two_people_close_it(desks, session):
    first, second = desks
    page = first.post_form(first.get("/finance/months"), _action="/freeze")
    assert "等另一位同事" in text(page)
    assert not any((one.get("action") or "").endswith("/close") for one in page.page.iter("form"))
    page = second.post_form(second.get("/finance/months"), _action="/close")
    assert "已结账" in text(page)
    file = second.get("/finance/months/2026-11.csv").get_data().decode("utf-8-sig")
    session.rollback()
    assert file == month_report(session, month=NOVEMBER)
    rows = list(csv.reader(io.StringIO(file)))
    assert rows[0][:3] == ["月份", "部分", "科目"]


def test_too_early_says_from_when(app, session, plan):
    staff = make_staff(session, "finance", username="zheng")
    desk = sign_in_staff(app.test_client(), session, staff)
    page = desk.get("/finance/months")
    assert "最早2026年12月2日可以结" in text(page)
    assert not any("/freeze" in (one.get("action") or "") for one in page.page.iter("form"))


@pytest.mark.parametrize("month", ["2026-13", "x", "2026-10"])
def test_a_month_that_is_none(desks, month):
    assert desks[0].get(f"/finance/months/{month}.csv").status_code == 404
