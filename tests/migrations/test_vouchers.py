"""Vouchers and pictures of transfers are never forgotten by a step down, and never changed."""

import pytest
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.migrations.seeds import plant
from tests.support.databases import migrate

VOUCHERS, PROOFS = "0049_vouchers", "0050_transfer_proofs"


@pytest.fixture
def engine(empty_database):
    engine = empty_database.engine
    migrate(engine, PROOFS)
    plant(engine)
    return engine


def test_no_step_down_while_one_is_stored(engine):
    with pytest.raises(CommandError, match="1 pictures of transfers are stored"):
        migrate(engine, VOUCHERS, down=True)
    with engine.connect() as connection:
        for table in ("vouchers", "voucher_files", "transfer_proofs", "proof_views"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE vouchers SET check_code = 'y'", "stays as it was given"),
        ("DELETE FROM vouchers", "stays as it was given"),
        ("UPDATE voucher_files SET folder = 'y'", "stays as it was given"),
        ("DELETE FROM voucher_files", "stays as it was given"),
        ("UPDATE transfer_proofs SET fen = 2", "stays as it came"),
        ("DELETE FROM transfer_proofs", "stays as it came"),
        ("UPDATE proof_views SET page = 2", "stays as it came"),
        ("DELETE FROM proof_views", "stays as it came"),
    ],
)
def test_what_was_stored_stays(engine, statement, told):
    with pytest.raises(DBAPIError, match=told), engine.begin() as connection:
        connection.execute(text(statement))


def test_a_picture_is_answered(engine):
    answer = "UPDATE transfer_proofs SET state = 'unfound', reason = 'x', answered_at = received_at"
    with engine.begin() as connection:
        connection.execute(text(answer))
