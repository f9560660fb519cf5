"""The file of a certificate is never forgotten by a step down, and never changed."""

import pytest
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.migrations.seeds import plant
from tests.support.databases import migrate

BEFORE, FILES = "0044_ledger", "0045_certificate_files"


@pytest.fixture
def engine(empty_database):
    engine = empty_database.engine
    migrate(engine, FILES)
    plant(engine)
    return engine


def test_no_step_down_while_a_file_is_named(engine):
    with pytest.raises(CommandError, match="1 PDFs of certificates are kept"):
        migrate(engine, BEFORE, down=True)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM certificate_files")) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE certificate_files SET folder = 'y'", "DELETE FROM certificate_files"]
)
def test_it_stays_as_it_was_sealed(engine, statement):
    with pytest.raises(DBAPIError, match="stays as it was sealed"), engine.begin() as connection:
        connection.execute(text(statement))
