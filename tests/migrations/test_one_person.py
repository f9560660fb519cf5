"""Rows of one ID are folded into the oldest with all that refers to them, and come apart again."""

import pytest
from sqlalchemy import MetaData, func, select

from tests.migrations.seeds import add, plant
from tests.support.databases import migrate

BEFORE, AFTER = "0020_second_factor", "0021_one_person"
# Everything that refers to a borrower.
REFERRING = (
    "callback_requests",
    "consents",
    "contacts",
    "devices",
    "holds",
    "identity_checks",
    "loans",
    "mobile_changes",
    "outbox",
    "plan_drafts",
    "plans",
    "sessions",
    "threads",
)


@pytest.fixture
def engine(empty_database):
    """A database of the release before, with a row in every table."""
    migrate(empty_database.engine, BEFORE)
    plant(empty_database.engine)
    return empty_database.engine


def tables(engine):
    metadata = MetaData()
    metadata.reflect(engine)
    return metadata.tables


def second(engine, number="C2", **overrides):
    """One more row for the person who is there, with a row of every kind."""
    found = tables(engine)
    with engine.begin() as connection:
        names = {"public_id": f"p{number}", "customer_no": number}
        borrower = add(connection, found["borrowers"], **(names | overrides))
        unique = {
            "loans": {"public_id": f"l{number}", "ref": number},
            "callback_requests": {"public_id": number, "number": number, "request_key": number},
            "threads": {"public_id": number, "number": number},
            "plans": {"public_id": number, "number": number},
            "sessions": {"token_hash": number},
            "devices": {"token_hash": number},
            "outbox": {"idempotency_key": number},
            "identity_checks": {"public_id": number},
            "mobile_changes": {"public_id": number, "id_hmac": number},
        }
        rows = {}
        for name in sorted(REFERRING):
            more = {"loan_id": rows["loans"]} if name == "plan_drafts" else unique.get(name, {})
            rows[name] = add(connection, found[name], borrower_id=borrower, **more)
    return borrower


def owners(engine):
    """Whose the rows of each table are, by public id."""
    found = tables(engine)
    people = found["borrowers"]
    with engine.connect() as connection:
        return {
            name: connection.execute(
                select(people.c.public_id)
                .join(found[name], found[name].c.borrower_id == people.c.id)
                .order_by(found[name].c.id)
            )
            .scalars()
            .all()
            for name in REFERRING
        }


def test_every_table_that_refers_to_a_borrower_is_moved(engine):
    referring = {
        name
        for name, table in tables(engine).items()
        if "borrower_id" in table.columns and name != "borrowers"
    }
    assert referring == set(REFERRING)


def test_rows_of_one_id_become_one_and_come_apart_again_as_they_were(engine):
    newer = second(engine)
    before = owners(engine)
    people = tables(engine)["borrowers"]
    columns = select(*(one for one in people.columns if one.name != "id")).order_by("id")
    with engine.connect() as connection:
        oldest = connection.execute(select(func.min(people.c.id))).scalar()
        rows = connection.execute(columns).all()
    migrate(engine, AFTER)
    after = owners(engine)
    for name, ids in after.items():
        assert set(ids) == {rows[0].public_id}, name
    with engine.connect() as connection:
        loans = tables(engine)["loans"]
        numbers = connection.execute(select(loans.c.customer_no).order_by(loans.c.id))
        assert numbers.scalars().all() == [rows[0].customer_no, "C2"]
        kept = connection.execute(select(tables(engine)["former_borrowers"])).one()
        assert (kept.id, kept.borrower_id, kept.public_id) == (newer, oldest, "pC2")
    migrate(engine, BEFORE, down=True)
    assert owners(engine) == before
    with engine.connect() as connection:
        assert connection.execute(columns).all() == rows


def test_what_both_rows_had_once_stays_with_the_older(engine):
    second(engine)
    with engine.begin() as connection:
        devices = tables(engine)["devices"]
        connection.execute(devices.update().values(token_hash="same"))
        assert connection.execute(select(func.count()).select_from(devices)).scalar() == 2
    migrate(engine, AFTER)
    assert owners(engine)["devices"] == owners(engine)["loans"][:1]


def test_another_id_stays_another_person(engine):
    second(engine, id_hmac="other")
    migrate(engine, AFTER)
    assert owners(engine)["loans"][-1] == "pC2"
