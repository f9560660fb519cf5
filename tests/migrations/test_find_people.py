"""Loans of before are found by the end of their reference too, and lose nothing on the way back."""

import pytest
from sqlalchemy import MetaData, select

from tests.migrations.seeds import add, plant
from tests.support.databases import migrate

BEFORE, FOUND = "0023_attested_rows", "0024_find_people"
REFERENCES = {"JJ26170000001": "000001", "261700": "261700", "J17": "J17"}


@pytest.fixture
def stored(empty_database):
    migrate(empty_database.engine, BEFORE)
    plant(empty_database.engine)
    with empty_database.engine.begin() as connection:
        for number, ref in enumerate(REFERENCES):
            add(connection, _loans(connection), public_id=f"loan{number}", ref=ref)
    return empty_database.engine


def test_the_end_of_a_reference_is_filled_in(stored):
    migrate(stored, FOUND)
    with stored.connect() as connection:
        loans = _loans(connection)
        query = select(loans.c.ref, loans.c.ref_end).where(loans.c.ref.in_(REFERENCES))
        assert {row.ref: row.ref_end for row in connection.execute(query)} == REFERENCES


def test_references_stay_on_the_way_back(stored):
    migrate(stored, FOUND)
    migrate(stored, BEFORE, down=True)
    with stored.connect() as connection:
        loans = _loans(connection)
        assert "ref_end" not in loans.c
        assert set(REFERENCES) <= set(connection.scalars(select(loans.c.ref)))


def _loans(connection):
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata.tables["loans"]
