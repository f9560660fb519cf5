"""One freezes a month, another closes it; nothing enters it, what comes late is booked later."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.domain.errors import NotFound
from app.models import AuditEntry, HouseMove, Journal, MonthClose
from app.services.closing.closing import (
    LastNotClosed,
    MonthClosed,
    MonthOpen,
    NotTheNext,
    ReportDiffers,
    SamePersonCloses,
    close_month,
)
from app.services.closing.proving import moved_months
from tests.services.closing.conftest import DECEMBER, NOVEMBER, PAID_ON


def test_two_people_close_a_month(session, came, freeze, close, month):
    came()
    freeze()
    assert month().state == "frozen"
    close()
    row = month()
    assert (row.state, row.journals, row.moves) == ("closed", 3, 2)
    told = select(AuditEntry.action).where(AuditEntry.object_kind == "month")
    assert session.scalars(told.order_by(AuditEntry.seq)).all() == ["month_frozen", "month_closed"]
    assert list(moved_months(session)) == []


def test_who_froze_it_does_not_close_it(session, came, freeze, close, month, at_finance):
    came()
    freeze()
    with pytest.raises(SamePersonCloses):
        close(by="zheng")
    # A second account of the same human is the same human.
    he, zheng = at_finance("he2"), at_finance("zheng2")
    same = replace(he, member=replace(he.staff, person_id=month().frozen_person))
    assert zheng.staff.person_id != same.staff.person_id
    sha256 = month().report_sha256
    with pytest.raises(SamePersonCloses):
        close_month(session, same, month=NOVEMBER, report_sha256=sha256, request_key="close-2")
    close(key="close-3")


def test_a_double_tap_does_it_once(session, came, freeze, close, month):
    came()
    freeze()
    freeze()
    close()
    close()
    with pytest.raises(MonthClosed):
        freeze(key="freeze-2")
    with pytest.raises(MonthClosed):
        close(key="close-2")
    assert len(session.scalars(select(MonthClose)).all()) == 1


def test_it_is_closed_by_the_report_that_was_looked_at(came, freeze, close):
    came()
    freeze()
    with pytest.raises(ReportDiffers):
        close(sha256="0" * 64)


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2026, 12, 1)])
def test_not_before_it_is_over_and_quiet(came, freeze, day):
    came()
    with pytest.raises(MonthOpen, match="2026-12-02"):
        freeze(day=day)


def test_one_after_the_other(came, freeze, close):
    came()
    with pytest.raises(NotTheNext):
        freeze(DECEMBER, day=date(2027, 1, 2))
    freeze()
    with pytest.raises(LastNotClosed):
        freeze(DECEMBER, day=date(2027, 1, 2), key="freeze-2")
    close()
    freeze(DECEMBER, day=date(2027, 1, 2), key="freeze-3")


def test_a_month_that_nobody_froze_is_not_closed(session, at_finance, plan):
    with pytest.raises(NotFound):
        close_month(session, at_finance(), month=NOVEMBER, report_sha256="x", request_key="close-1")


def test_what_comes_late_is_booked_in_the_open_month_with_its_old_value_date(
    session, came, freeze, close, month
):
    came()
    freeze()
    close()
    before = month().content_sha256
    came(7_000, PAID_ON, date(2026, 12, 3))
    late = select(Journal.value_on, Journal.period_on).where(Journal.period_on == DECEMBER)
    assert (PAID_ON, DECEMBER) in session.execute(late).all()
    moves = select(HouseMove).where(HouseMove.period_on == DECEMBER)
    assert {one.value_on for one in session.scalars(moves)} == {PAID_ON}
    assert month().content_sha256 == before
    assert list(moved_months(session)) == []


@pytest.mark.parametrize("state", ["frozen", "closed"])
def test_the_database_lets_nothing_into_it(session, came, freeze, close, state):
    came()
    freeze()
    if state == "closed":
        close()
    with pytest.raises(DBAPIError, match="the month is closed"):
        came(7_000, date(2026, 11, 27))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE month_closes SET content_sha256 = 'x'",
        "UPDATE month_closes SET report = 'x'",
        "UPDATE month_closes SET state = 'frozen'",
        "DELETE FROM month_closes",
    ],
)
def test_the_database_keeps_it_as_it_is(session, came, freeze, close, statement):
    came()
    freeze()
    close()
    with pytest.raises(DBAPIError, match="a closed month stays as it is"):
        session.execute(text(statement))
