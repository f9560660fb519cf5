"""What the database itself holds the ledger to, on both databases, with real commits."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.migrations.seeds import plant

AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
EXACT = "what takes a journal back negates it exactly"


@pytest.fixture
def ledger(database):
    """A database with one sealed journal, 5 and -5, of plan 1."""
    plant(database.engine)
    return _Ledger(database)


class _Ledger:
    def __init__(self, database) -> None:
        self.database = database
        ((self.key, self.plan, self.kind, self.value_on, self.cause),) = self.read(
            "SELECT id, plan_id, kind, value_on, cause_kind FROM journals"
        )

    def read(self, statement: str) -> list:
        with self.database.engine.connect() as connection:
            return connection.execute(text(statement)).all()

    def run(self, *statements: str, **values) -> None:
        with self.database.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    def journal(self, key: int, **values) -> str:
        """The statement that stores a further journal."""
        row = {
            "id": key,
            "plan_id": self.plan,
            "seq": key + 100,
            "kind": f"'{self.kind}'",
            "value_on": "'2026-11-01'",
            "period_on": "'2026-11-01'",
            "posted_at": "'2026-11-01 08:30:00.000000'",
            "actor": "'x'",
            "cause_kind": f"'{self.cause}'",
            "cause_id": "'x1'",
            "generation": key + 100,
            "reverses_id": "NULL",
            "content_sha256": "'x'",
            "row_hash": "'x'",
            "sealed_at": "NULL",
        } | values
        return (
            f"INSERT INTO journals ({', '.join(row)}) VALUES ({', '.join(map(str, row.values()))})"
        )

    def entries(self, key: int, *amounts: int) -> list[str]:
        return [
            "INSERT INTO entries (journal_id, place, account, loan_id, fen) SELECT "
            f"{key}, place, account, loan_id, {fen} FROM entries "
            f"WHERE journal_id = {self.key} AND place = {place}"
            for place, fen in enumerate(amounts, 1)
        ]


SEAL = "UPDATE journals SET sealed_at = '2026-11-01 09:00:00.000000' WHERE id = 7"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journals SET kind = 'x'",
        "UPDATE journals SET sealed_at = NULL",
        "UPDATE journals SET row_hash = 'y'",
        "UPDATE journals SET correlation_id = 'y'",
        "DELETE FROM journals",
        "UPDATE entries SET fen = fen * 2",
        "UPDATE entries SET payment = 'y'",
        "DELETE FROM entries",
    ],
)
def test_nothing_is_changed_or_deleted(ledger, statement):
    with pytest.raises(DBAPIError, match="append-only"):
        ledger.run(statement)


def test_nothing_enters_a_sealed_journal(ledger):
    late = f"INSERT INTO entries (journal_id, place, account, fen) VALUES ({ledger.key}, 3, 'a', 1)"
    with pytest.raises(DBAPIError, match="nothing enters a sealed journal"):
        ledger.run(late)


def test_a_journal_that_sums_to_zero_is_sealed(ledger):
    ledger.run(ledger.journal(7), *ledger.entries(7, 4, -4), SEAL)
    assert len(ledger.read("SELECT id FROM journals WHERE sealed_at IS NOT NULL")) == 2


@pytest.mark.parametrize("amounts", [(), (4,), (4, -3)])
def test_a_journal_that_does_not_is_refused(ledger, amounts):
    with pytest.raises(DBAPIError, match="do not sum to zero"):
        ledger.run(ledger.journal(7), *ledger.entries(7, *amounts), SEAL)


def test_a_journal_is_never_stored_sealed(ledger):
    with pytest.raises(DBAPIError, match="sealed after its entries"):
        ledger.run(ledger.journal(7, sealed_at="'2026-11-01 09:00:00.000000'"))


def test_on_postgresql_an_unsealed_journal_is_never_committed(ledger):
    unsealed = ledger.journal(7), *ledger.entries(7, 4, -4)
    if ledger.database.kind == "postgresql":
        with pytest.raises(DBAPIError, match="has to be sealed"):
            ledger.run(*unsealed)
    else:
        # There it stays invisible: whoever reads asks for the seal.
        ledger.run(*unsealed)
    assert len(ledger.read("SELECT id FROM journals WHERE sealed_at IS NOT NULL")) == 1


def back(ledger, *amounts, **values) -> None:
    reversal = ledger.journal(7, **{"reverses_id": ledger.key} | values)
    ledger.run(reversal, *ledger.entries(7, *amounts), SEAL)


def test_what_negates_another_exactly_takes_it_back_once(ledger):
    back(ledger, -5, 5)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        ledger.run(ledger.journal(8, reverses_id=ledger.key))


@pytest.mark.parametrize("amounts", [(5, -5), (-4, 4), (-10, 10)])
def test_anything_else_takes_nothing_back(ledger, amounts):
    with pytest.raises(DBAPIError, match=EXACT):
        back(ledger, *amounts)


@pytest.mark.parametrize(
    "other",
    [{"kind": "'other'"}, {"value_on": "'2026-11-02'"}, {"cause_id": "'x2'"}],
)
def test_what_takes_back_is_of_the_same_kind_day_and_cause(ledger, other):
    with pytest.raises(DBAPIError, match=EXACT):
        back(ledger, -5, 5, **other)


def test_what_takes_back_is_not_taken_back(ledger):
    back(ledger, -5, 5)
    again = ledger.journal(8, reverses_id=7)
    with pytest.raises(DBAPIError, match=EXACT):
        ledger.run(again, *ledger.entries(8, 5, -5), SEAL.replace("= 7", "= 8"))


def test_entries_on_other_accounts_take_nothing_back(ledger):
    moved = [
        one.replace("account, loan_id, -", "'other', loan_id, -")
        for one in ledger.entries(7, -5, 5)
    ]
    with pytest.raises(DBAPIError, match=EXACT):
        ledger.run(ledger.journal(7, reverses_id=ledger.key), *moved, SEAL)


def test_a_cause_has_each_generation_once(ledger):
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        ledger.run(ledger.journal(7), ledger.journal(8, generation=107))
