"""Dues at the desk: a month by day, a year by month, as of when, and the same as a file."""

import csv
import io

import pytest

from app.services.dues.keeping import keep_dues
from tests.services.ledger.made import FIRST, posted, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.people import make_staff, sign_in_staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MONTH = f"month={FIRST.isoformat()[:7]}"


@pytest.fixture
def desk(client, session):
    return sign_in_staff(client, session, make_staff(session, "finance", username="zheng"))


@pytest.fixture
def kept(session, gateways, settings):
    plan = signed_plan(session, gateways.vault, settings.site).plan
    posted(session, plan.id, NOW.date())
    keep_dues(session, acting(now=NOW), limit=9)


def test_it_says_when_nothing_was_computed_yet(desk):
    assert "还没有算过" in desk.get("/finance/dues").page.text()


def test_a_month_is_told_by_day_as_of_an_instant(desk, kept):
    text = desk.get(f"/finance/dues?{MONTH}").page.text()
    assert "截至" in text
    assert "12月10日" in text
    assert "2026年12月" in desk.get(f"/finance/dues?{MONTH}&by=year").page.text()


def test_a_month_nobody_can_read_is_told(desk, kept):
    assert "这样的年月" in desk.get("/finance/dues?month=x").page.text()


def test_the_file_is_the_page(desk, kept):
    file = desk.get(f"/finance/dues.csv?{MONTH}").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert rows[0][:3] == ["到期", "产品", "应收"]
    assert rows[1][0] == "2026-12-10"
    total = next(row for row in rows if row[0] == "合计")
    days = [row for row in rows[1:] if row[0].startswith("2026-12")]
    assert sum(float(row[2]) for row in days) == pytest.approx(float(total[2]))
    assert any("截至" in cell for cell in rows[-1])
