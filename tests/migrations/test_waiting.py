"""On PostgreSQL a migration that has to wait gives up, leaves all as it was, goes through later."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.migrations.shapes import shape
from tests.support.databases import ROOT, migrate

BEFORE, STEP = "0011_from_proposal_to_agreement", "0012_latest_decisions"
SOON_SECONDS = 30  # a busy machine starts slowly; without a limit it would wait for good
pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"])


def alembic_upgrade(database, **environ):
    """The command as an operator runs it; a limit of the tests' own ends one that waits."""
    command = [Path(sys.executable).with_name("alembic"), "upgrade", STEP]
    options = {"cwd": ROOT, "env": os.environ | {"DATABASE_URL": database.address} | environ}
    options |= {"capture_output": True, "text": True, "timeout": SOON_SECONDS}
    return subprocess.run(command, **options)


@pytest.fixture
def one_step_behind(database):
    migrate(database.engine, BEFORE, down=True)
    return database


WAYS = ("mode", "limits", "told")
LOCK = {"MIGRATE_LOCK_TIMEOUT": "200ms"}, "a lock was not free within 200ms"
STATEMENT = (
    {"MIGRATE_LOCK_TIMEOUT": "0", "MIGRATE_STATEMENT_TIMEOUT": "200ms"},
    "a statement took longer than 200ms",
)


@pytest.mark.parametrize(WAYS, [("ACCESS EXCLUSIVE", *LOCK), ("ROW EXCLUSIVE", *STATEMENT)])
def test_a_step_that_cannot_get_its_lock_gives_up(one_step_behind, mode, limits, told):
    engine = one_step_behind.engine
    before = shape(engine)
    with engine.begin() as other:
        other.execute(text(f"LOCK TABLE decisions IN {mode} MODE"))
        given_up = alembic_upgrade(one_step_behind, **limits)
    assert given_up.returncode != 0
    assert told in given_up.stdout + given_up.stderr
    assert "Traceback" not in given_up.stdout + given_up.stderr
    assert (shape(engine), revision(engine)) == (before, BEFORE)

    again = alembic_upgrade(one_step_behind, **limits)
    assert again.returncode == 0, again.stderr
    assert revision(engine) == STEP


def test_without_settings_it_gives_up_within_seconds(one_step_behind):
    with one_step_behind.engine.begin() as other:
        other.execute(text("LOCK TABLE decisions IN ACCESS EXCLUSIVE MODE"))
        start = time.monotonic()
        given_up = alembic_upgrade(one_step_behind)
    assert "a lock was not free within 5s" in given_up.stdout + given_up.stderr
    assert time.monotonic() - start > 5


def revision(engine) -> str:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT version_num FROM alembic_version"))
