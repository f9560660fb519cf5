"""What came before the house had books is counted; what is posted stays; refunds are never lost."""

import pytest
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.migrations.seeds import plant
from tests.support.databases import migrate

BEFORE, HOUSE = "0045_certificate_files", "0051_house_accounts"
PAID = "paid_on = '2026-11-01', paid_at = '2026-11-01 08:30:00.000000', paid_by = 'x'"
MOVES = "SELECT cause, debit, credit, fen, period_on FROM house_moves ORDER BY id"


@pytest.fixture
def engine(empty_database):
    """A payment whose match was undone stood there before."""
    engine = empty_database.engine
    migrate(engine, BEFORE)
    plant(engine)
    migrate(engine, HOUSE)
    return engine


def run(engine, statement):
    with engine.begin() as connection:
        return connection.execute(text(statement))


def told(engine):
    with engine.connect() as connection:
        return [(*row[:4], str(row[4])) for row in connection.execute(text(MOVES))]


def test_what_came_before_is_counted(engine):
    # The seed's payment names what it takes back: its sign is turned.
    assert told(engine) == [
        ("arrived", "clearing", "unmatched", -1, "2026-11-01"),
        ("matched", "unmatched", "transfer_out", -1, "2026-11-01"),
        ("undone", "unmatched", "transfer_out", 1, "2026-11-01"),
    ]


def test_a_step_down_and_up_counts_the_same(engine):
    before = told(engine)
    migrate(engine, BEFORE, down=True)
    migrate(engine, HOUSE)
    assert told(engine) == before


def test_no_step_down_while_a_refund_is_stored(engine):
    plant(engine)
    with pytest.raises(CommandError, match="1 refunds are stored"):
        migrate(engine, BEFORE, down=True)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE house_moves SET fen = 2", "append-only"),
        ("DELETE FROM house_moves", "append-only"),
        ("UPDATE refunds SET fen = 2", "only what became of it"),
        ("UPDATE refunds SET account_enc = account_enc", "only what became of it"),
        ("DELETE FROM refunds", "only what became of it"),
    ],
)
def test_what_is_posted_stays(engine, statement, words):
    plant(engine)
    with pytest.raises(DBAPIError, match=words):
        run(engine, statement)


def test_a_refund_is_paid_by_another_person(engine):
    plant(engine)
    with pytest.raises(IntegrityError):
        run(engine, "UPDATE refunds SET asked_person = 'x', paid_person = 'x'")


def test_a_refund_moves_money_out_and_back_where_it_bounced(engine):
    plant(engine)
    run(engine, "UPDATE refunds SET state = 'asked'")
    run(engine, f"UPDATE refunds SET state = 'paid', channel = 'x', {PAID}")
    run(engine, f"UPDATE refunds SET state = 'bounced', {PAID.replace('paid', 'bounced')}")
    assert told(engine)[-2:] == [
        ("refunded", "bank", "clearing", 1, "2026-11-01"),
        ("bounced", "bank", "clearing", -1, "2026-11-01"),
    ]
