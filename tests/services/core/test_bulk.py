"""Many rows at once: the same in the table on both databases, within the session's transaction."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.models import CalendarDay, NightlyFault, NightlyFile
from app.services.core.bulk import load
from tests.factories import make_file

FAULTS = ("file_id", "line", "ref", "field", "code", "message")
# tab, newline, quote, backslash and the sign that COPY takes for nothing
ODD = "a\tb\n'\"\\N\\.借"


def stored(session) -> list[NightlyFault]:
    return list(session.scalars(select(NightlyFault).order_by(NightlyFault.line)))


def test_what_is_loaded_is_what_was_given(session):
    file = make_file(session)
    rows = ((file.id, line, "JJ1", "手机号码", "mobile", ODD) for line in (2, 3))
    load(session.connection(), NightlyFault.__table__, FAULTS, rows)
    assert [(one.line, one.ref, one.field, one.message) for one in stored(session)] == [
        (line, "JJ1", "手机号码", ODD) for line in (2, 3)
    ]


def test_dates_are_iso_text_truth_is_0_or_1_and_nothing_stays_nothing(session):
    table, columns = CalendarDay.__table__, ("day_on", "is_working", "name", "notice_year")
    days = [("2061-01-01", 0, "元旦", 2061), ("2061-01-05", 1, "", 2061)]
    load(session.connection(), table, columns, days)
    found = select(CalendarDay).where(CalendarDay.day_on >= date(2061, 1, 1))
    assert [
        (one.day_on, one.is_working, one.name)
        for one in session.scalars(found.order_by(CalendarDay.day_on))
    ] == [(date(2061, 1, 1), False, "元旦"), (date(2061, 1, 5), True, "")]
    make_file(session)
    columns = ("public_id", "name", "as_of_on", "sha256", "state", "reason", *COUNTED)
    row = ("f" * 20, "x.csv", None, "0" * 64, "refused", None, *[0] * 7, "{}", NOW_TEXT, "job:x")
    load(session.connection(), NightlyFile.__table__, columns, [row])
    file = session.scalars(select(NightlyFile).where(NightlyFile.public_id == "f" * 20)).one()
    assert (file.as_of_on, file.reason, file.totals) == (None, None, {})


COUNTED = (
    "rows",
    "accepted",
    "unchanged",
    "rejected",
    "vanished",
    "discrepancies",
    "over_ceiling",
    "totals",
    "received_at",
    "received_by",
)
NOW_TEXT = "2026-11-23 02:00:00+00:00"


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
def test_it_goes_with_its_transaction(database):
    with database.sessions() as session:
        file = make_file(session)
        rows = [(file.id, 2, "JJ1", "", "columns", "")]
        load(session.connection(), NightlyFault.__table__, FAULTS, rows)
        assert session.scalar(select(func.count()).select_from(NightlyFault)) == 1
        session.rollback()
        assert stored(session) == []


def test_no_rows_are_no_fault(session):
    load(session.connection(), NightlyFault.__table__, FAULTS, [])
    assert stored(session) == []
