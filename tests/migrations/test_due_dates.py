"""Agreements of before get the days that their papers print."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import MetaData, select

from tests.migrations.seeds import add, plant
from tests.support.databases import migrate

BEFORE, STORED = "0026_callback_attempts", "0027_due_dates"


def terms(*due, kind="reamortise", pay_day=10, first=None):
    return {
        "kind": kind,
        "pay_day": pay_day,
        "start_on": "2026-11-23",
        "first_payment": {"number": 0, "due_on": first} if first else None,
        "instalments": [{"number": n, "due_on": day} for n, day in enumerate(due, 1)],
    }


def utc(*at):
    return datetime(*at, tzinfo=UTC)


# terms, months moved, signed at, the days on paper
CASES = {
    "as in the terms": (
        terms("2026-12-10", "2027-01-10"),
        0,
        utc(2026, 11, 23, 2),
        {1: date(2026, 12, 10), 2: date(2027, 1, 10)},
    ),
    "moved into a short month": (
        terms("2026-12-31", "2027-01-31", pay_day="last"),
        1,
        utc(2026, 12, 10, 2),
        {1: date(2027, 1, 31), 2: date(2027, 2, 28)},
    ),
    "moved out of a short month": (
        terms("2027-01-31", "2027-02-28", pay_day="last"),
        1,
        utc(2027, 1, 10, 2),
        {1: date(2027, 2, 28), 2: date(2027, 3, 31)},
    ),
    "a first payment after a signature past midnight in Beijing": (
        terms("2026-12-10", first="2026-11-26"),
        0,
        utc(2026, 11, 28, 16),
        {0: date(2026, 12, 2), 1: date(2026, 12, 10)},
    ),
    "a first payment before instalment 1": (
        terms("2026-12-01", pay_day=1, first="2026-11-26"),
        0,
        utc(2026, 11, 29, 2),
        {0: date(2026, 11, 30), 1: date(2026, 12, 1)},
    ),
    "a first payment on the day of the signature": (
        terms("2026-12-01", pay_day=1, first="2026-11-26"),
        0,
        utc(2026, 12, 1, 2),
        {0: date(2026, 12, 1), 1: date(2026, 12, 1)},
    ),
    "a settlement keeps its own day": (
        terms("2026-11-30", kind="settlement", pay_day=10),
        1,
        utc(2026, 12, 2, 2),
        {1: date(2026, 12, 30)},
    ),
}


@pytest.fixture
def stored(empty_database):
    engine = empty_database.engine
    migrate(engine, BEFORE)
    plant(engine)
    tables = _tables(engine)
    with engine.begin() as connection:
        for at, (words, moved, signed_at, _days) in enumerate(CASES.values()):
            version = add(
                connection,
                tables["plan_versions"],
                public_id=f"version{at}",
                number=at + 100,
                terms=words,
                moved_months=moved,
                sealed_at=None,
            )
            add(
                connection,
                tables["agreements"],
                number=f"AH-{at}-1",
                check_code=f"code{at}",
                version_id=version,
                signed_at=signed_at,
            )
    return engine


def test_each_has_the_days_of_its_paper(stored):
    migrate(stored, STORED)
    tables = _tables(stored)
    agreements, dates = tables["agreements"], tables["due_dates"]
    with stored.connect() as connection:
        for at, (name, (*_words, days)) in enumerate(CASES.items()):
            query = (
                select(dates.c.number, dates.c.due_on)
                .join(agreements, agreements.c.id == dates.c.agreement_id)
                .where(agreements.c.number == f"AH-{at}-1")
            )
            assert dict(map(tuple, connection.execute(query))) == days, name


def test_the_way_back_and_up_again_gives_the_same(stored):
    migrate(stored, STORED)
    before = _all(stored)
    migrate(stored, BEFORE, down=True)
    assert "due_dates" not in _tables(stored)
    migrate(stored, STORED)
    assert _all(stored) == before


def _all(engine):
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(_tables(engine)["due_dates"]))))


def _tables(engine):
    metadata = MetaData()
    metadata.reflect(engine)
    return metadata.tables
