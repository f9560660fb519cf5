"""The audit trail: chained, in the change's own transaction, never forked, never edited."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.models import AuditEntry, AuditHead, Hold
from app.services.core.audit import GENESIS, Entry, digest, record, record_all, row_hash
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.races import race_rounds, run_together

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def note(session, number=0, **values):
    record(
        session,
        acting(now=NOW, actor=Actor("staff:x", "127.0.0.1")),
        action="test.noted",
        object_kind="thing",
        object_id=str(number),
        after={"n": number},
        **values,
    )


def chain(session) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.seq)))


def test_entries_are_chained_from_the_first(session):
    with transaction(session):
        note(session, 1)
        note(session, 2, reason="words")
    first, second = chain(session)
    assert (first.prev_hash, second.prev_hash) == (GENESIS, first.row_hash)
    assert [row_hash(entry) for entry in (first, second)] == [first.row_hash, second.row_hash]
    assert session.get(AuditHead, 1).row_hash == second.row_hash


def test_the_hash_covers_what_was_written(session):
    with transaction(session):
        note(session, 1)
    (entry,) = chain(session)
    session.expunge(entry)
    entry.after = {"n": 2}
    assert row_hash(entry) != entry.row_hash


def test_an_entry_goes_with_its_change(session):
    def fail_half_way():
        with transaction(session):
            note(session)
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        fail_half_way()
    assert chain(session) == []
    assert session.get(AuditHead, 1).seq == 0


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'staff:y'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_an_entry(database, change):
    with database.sessions() as session, transaction(session):
        note(session)
    with database.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(change))


@pytest.mark.race
def test_many_writers_never_fork_the_chain(database):
    def write(number):
        with database.sessions() as session, transaction(session):
            note(session, number)

    threads = min(50, 2 * race_rounds())
    assert run_together(write, threads=threads) == [None] * threads
    with database.sessions() as session:
        entries = chain(session)
    assert [entry.seq for entry in entries] == list(range(1, threads + 1))
    assert [entry.prev_hash for entry in entries] == [
        GENESIS,
        *(entry.row_hash for entry in entries[:-1]),
    ]


def test_an_entry_attests_what_was_written_with_it(session, vault):
    borrower = make_borrower(session, vault)
    with transaction(session):
        hold = Hold(borrower_id=borrower.id, cause="plan_submitted", from_at=NOW)
        session.add(hold)
        note(session)
    with transaction(session):
        note(session)
    first, second = chain(session)
    session.expire_all()
    assert first.rows == {f"holds:{hold.id}": digest(hold)}
    assert second.rows is None
    assert row_hash(first) == first.row_hash
    assert row_hash(second) == second.row_hash


def test_the_hash_moves_with_what_the_row_says_and_only_with_that(session, vault):
    borrower = make_borrower(session, vault)
    hold = Hold(borrower_id=borrower.id, cause="plan_submitted", from_at=NOW)
    session.add(hold)
    session.commit()
    before = digest(hold)
    hold.until_at = NOW
    assert digest(hold) != before
    hold.until_at = None
    assert digest(hold) == before


def test_what_was_rolled_back_is_not_told(database, vault):
    with database.sessions() as session:
        borrower = make_borrower(session, vault)
        session.add(Hold(borrower_id=borrower.id, cause="plan_submitted", from_at=NOW))
        session.flush()
        session.rollback()
        with transaction(session):
            note(session)
        assert chain(session)[0].rows is None


def test_many_entries_of_one_transaction_are_chained_in_their_order(session):
    """One lock of the head for all of them; what the trail attests stands in the first."""
    context = acting()
    record(session, context, action="a.b", object_kind="x", object_id="0")
    entries = [Entry("a.b", "x", str(n), after={"n": n}) for n in (1, 2, 3)]
    record_all(session, context, entries=entries)
    record_all(session, context, entries=[])
    session.commit()
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [one.object_id for one in rows] == ["0", "1", "2", "3"]
    assert [one.seq for one in rows] == list(range(rows[0].seq, rows[0].seq + 4))
    assert [one.prev_hash for one in rows[1:]] == [one.row_hash for one in rows[:-1]]
    assert all(row_hash(one) == one.row_hash for one in rows)
    assert session.get_one(AuditHead, 1).row_hash == rows[-1].row_hash
