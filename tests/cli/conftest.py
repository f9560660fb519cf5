"""Commands run inside the test's own application."""

import json

import pytest
from structlog.testing import capture_logs

from app.cli import register
from app.config import Settings
from app.integrations.sheets.csv_book import CsvBook
from app.services.core.context import Actor
from app.services.nightly.importing import import_book
from app.wiring import make_gateways
from tests.support.acting import acting
from tests.support.databases import MIGRATED
from tests.support.example_book import EXAMPLE
from tests.support.installation import KEYS


@pytest.fixture
def database_template(request, filled_databases, database_kind, tmp_path) -> str:
    """Tests of the example begin with it imported: a database is filled once, not for each."""
    if "example" not in request.fixturenames:
        return MIGRATED
    vault = make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "keys"), **KEYS})).vault

    def fill(database):
        with database.sessions() as session:
            context = acting(actor=Actor("cli:import-book"), vault=vault)
            assert import_book(session, context, book=CsvBook(EXAMPLE)).state == "applied"

    return filled_databases(database_kind, "example", fill)


@pytest.fixture
def example(answer):
    """`answer`, where the example book was imported."""
    return answer


@pytest.fixture
def run(app):
    """run("arrears", "JJ1", "--json") -> exit status, standard output, standard error."""
    register(app)
    runner = app.test_cli_runner()

    def command(*words: object, given: str | None = None):
        # In a process of its own a command logs to standard error.
        with capture_logs():
            result = runner.invoke(args=[str(word) for word in words], input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result.exit_code, result.stdout, result.stderr

    return command


@pytest.fixture
def answer(run):
    """Run with --json; exactly one JSON object on standard output; (exit status, object)."""

    def command(*words: object, given: str | None = None):
        status, told, _aside = run(*words, "--json", given=given)
        found = json.loads(told)
        assert isinstance(found, dict)
        return status, found

    return command
