"""Commands run inside the test's own application."""

import json

import pytest

from app.cli import register


@pytest.fixture
def run(app):
    """run("arrears", "JJ1", "--json") -> exit status, standard output, standard error."""
    register(app)
    runner = app.test_cli_runner()

    def command(*words: object, given: str | None = None):
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
