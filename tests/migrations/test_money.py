"""What was paid is never forgotten by a step down, and never changed."""

import pytest
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.migrations.seeds import plant
from tests.support.databases import migrate

BEFORE, MONEY = "0041_papers_outside", "0042_money"


@pytest.fixture
def engine(empty_database):
    engine = empty_database.engine
    migrate(engine, MONEY)
    plant(engine)
    return engine


def run(engine, statement):
    with engine.begin() as connection:
        return connection.execute(text(statement))


def test_no_step_down_while_money_is_stored(engine):
    with pytest.raises(CommandError, match="1 files and 1 payments are stored"):
        migrate(engine, BEFORE, down=True)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM payments")) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments SET fen = 2",
        "UPDATE payments SET paid_on = '2026-10-01'",
        "UPDATE payments SET channel_ref = 'y'",
        "DELETE FROM payments",
        "UPDATE matches SET fen = 2",
        "UPDATE matches SET plan_id = 1, loan_id = NULL",
        "DELETE FROM matches",
        # undone once, and so it stays
        "UPDATE matches SET undone_at = '2026-11-02', undone_by = 'y'",
        "UPDATE payment_acts SET words = 'y'",
        "DELETE FROM payment_acts",
        "UPDATE statement_files SET covers_until_on = '2026-10-01'",
        "DELETE FROM statement_files",
    ],
)
def test_a_fact_stays_as_it_came(engine, statement):
    with pytest.raises(DBAPIError, match="stays as it came"):
        run(engine, statement)


def test_who_sees_to_a_payment_and_what_became_of_it_may_change(engine):
    run(engine, "UPDATE payments SET state = 'matched', reason = '', owner_id = NULL")
