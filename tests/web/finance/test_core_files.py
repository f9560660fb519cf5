"""The page of the files that the core system is told by."""

import hashlib

import pytest

from tests.support.core_files import core_files_of_yesterday
from tests.support.people import make_staff, sign_in_staff


@pytest.fixture
def desk(client, session):
    return sign_in_staff(client, session, make_staff(session, "finance", username="zheng"))


def test_a_day_is_shown_with_its_files_and_each_is_taken(desk, database, gateways, site):
    files = core_files_of_yesterday(database, gateways, site)
    page = desk.follow(desk.get("/finance/exports"), "给核心系统的文件")
    text = page.page.text()
    assert "2026年11月22日" in text
    assert text.count("SHA-256") == 6
    file = desk.post_form(page, _action=f"/{files}/2")
    assert file.headers["Content-Disposition"] == "attachment; filename=20261122-holds.csv"
    assert file.headers["Cache-Control"] == "no-store"
    assert hashlib.sha256(file.get_data()).hexdigest() in text


def test_before_the_first_day_it_says_so(desk):
    assert "第一天过完就有" in desk.get("/finance/core-files").page.text()
    assert "没有更早的了" in desk.get("/finance/core-files?before=2026-01-01").page.text()


@pytest.mark.parametrize("asked", ["x", "2026-13-01", "0000-00-00", "9" * 400])
def test_no_day_is_no_page(desk, asked):
    assert desk.get(f"/finance/core-files?before={asked}").status_code == 404
