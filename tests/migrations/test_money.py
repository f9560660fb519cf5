"""What was paid and told of a plan is never forgotten by a step down, and never changed."""

import pytest
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.migrations.seeds import plant
from tests.support.databases import migrate

BEFORE, MONEY, KEPT = "0041_papers_outside", "0042_money", "0043_kept"


@pytest.fixture
def engine(empty_database):
    engine = empty_database.engine
    migrate(engine, MONEY)
    plant(engine)
    migrate(engine, KEPT)
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


def test_no_step_down_while_something_was_told(engine):
    plant(engine)
    with pytest.raises(CommandError, match="3 notices, changed dates and certificates"):
        migrate(engine, MONEY, down=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notices SET sent_on = '2026-10-01'",
        "UPDATE notices SET received_on = '2026-10-01', received_by = 'read'",
        "UPDATE notices SET taken_back_at = NULL, taken_back_why = NULL",
        "DELETE FROM notices",
        "UPDATE date_changes SET due_on = '2026-10-01'",
        "DELETE FROM date_changes",
        "UPDATE certificates SET check_code = 'y'",
        "UPDATE certificates SET withdrawn_at = NULL",
        "DELETE FROM certificates",
    ],
)
def test_what_was_told_stays_as_it_was_told(engine, statement):
    plant(engine)
    with pytest.raises(DBAPIError, match="stays as it was told"):
        run(engine, statement)
