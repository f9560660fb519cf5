"""A month that is not what was closed is named."""

from datetime import date

import pytest
from sqlalchemy import text

from app.services.closing.proving import moved_months
from tests.services.closing.conftest import DECEMBER


def without_guard(session, table, *triggers):
    """Go round what the database itself refuses, as someone with its keys could."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    for one in triggers:
        session.execute(text(f"DROP TRIGGER {one}"))


@pytest.fixture
def closed(came, freeze, close):
    came()
    freeze()
    close()


def test_nothing_is_named_where_all_is_as_it_was(session, closed):
    assert list(moved_months(session)) == []
    assert list(moved_months(session, night=date(2026, 12, 9))) == []


@pytest.mark.parametrize(
    ("table", "trigger", "statement", "words"),
    [
        (
            "house_moves",
            "house_moves_update",
            "UPDATE house_moves SET fen = fen + 1",
            ["what was posted in it is not what was hashed", "its balances are not"],
        ),
        (
            "journals",
            "journals_appended",
            "UPDATE journals SET period_on = '2026-12-01' WHERE seq = 1",
            ["what was posted in it is not what was hashed", "its balances are not"],
        ),
        (
            "month_closes",
            "month_closes_fixed",
            "UPDATE month_closes SET report = 'x'",
            ["the report is not the one that was kept"],
        ),
    ],
)
def test_what_was_changed_is_named(session, closed, table, trigger, statement, words):
    without_guard(session, table, trigger, *(["month_closes_once"] if "close" in table else []))
    session.execute(text(statement))
    session.expire_all()
    found = list(moved_months(session))
    assert len(found) == len(words)
    for told, said in zip(found, words, strict=True):
        assert told.startswith("2026-11: ")
        assert said in told


def test_a_month_left_out_is_named(session, closed, came, freeze, close):
    came(5_000, date(2026, 12, 3))
    freeze(DECEMBER, day=date(2027, 1, 2), key="freeze-2")
    close(DECEMBER, day=date(2027, 1, 2), key="close-2")
    assert list(moved_months(session)) == []
    without_guard(session, "month_closes", "month_closes_fixed", "month_closes_once")
    session.execute(
        text("UPDATE month_closes SET month_on = '2026-09-01' WHERE month_on = '2026-11-01'")
    )
    session.expire_all()
    assert "2026-12: the month before is not closed" in list(moved_months(session))
