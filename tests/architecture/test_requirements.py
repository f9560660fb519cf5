"""What is asked for is used: a requirement that nothing imports has to be carried and patched."""

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.source_rules import ROOT, python_files

PRODUCT = ROOT / "docs" / "dependencies" / "requirements.in"
TESTS = ROOT / "tests" / "requirements.in"
# Used without an import of ours, and by whom.
NOT_IMPORTED = {
    PRODUCT: {
        "gunicorn": "serves",
        "manimgx-fonts-cjk": "fonts, found by name in app/integrations/documents",
        "pylopdf-fonts-zh-cn": "fonts, found by name in app/integrations/documents",
        "python-dateutil": "of procrastinate; held under 3 for docs/dependencies/s3.in",
    },
    TESTS: {
        "bandit": "make lint",
        "djlint": "make lint",
        "flask-cors": "of moto's server",
        "import-linter": "make lint",
        "mypy": "make types",
        "pytest-cov": "make test ARGS=--cov",
        "pytest-playwright": "the fixtures of tests/browser",
        "pytest-xdist": "make test, several workers",
        "ruff": "make lint",
        "tzdata": "zoneinfo, where the machine has no time zones of its own",
    },
}
EXTRAS = {"psycopg[binary]", "moto[s3]"}  # the driver with its library; the store of files


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def wishes(text: str) -> list[str]:
    """The lines of a requirements file that ask for something."""
    found = (line.split("#")[0].strip() for line in text.splitlines())
    return [wish for wish in found if wish and not wish.startswith("-")]


def plain_name(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def asked_for(text: str) -> set[str]:
    return {plain_name(re.split(r"[\[=]", wish)[0]) for wish in wishes(text)}


def imported(text: str) -> set[str]:
    """The top-level modules a source imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def unused(asked: set[str], sources: list[Path]) -> set[str]:
    """Those asked for of which the sources import no module."""
    known = packages_distributions()
    modules = {name for path in sources for name in imported(read(path))}
    return asked - {plain_name(name) for module in modules for name in known.get(module, ())}


def sources_of(file: Path) -> list[Path]:
    if file == TESTS:
        return python_files("tests")
    return [*python_files("app", "migrations"), ROOT / "wsgi.py"]


@pytest.mark.parametrize("file", [PRODUCT, TESTS], ids=["product", "tests"])
def test_every_requirement_is_imported_or_told_why_not(file):
    asked = asked_for(read(file))
    assert unused(asked, sources_of(file)) == set(NOT_IMPORTED[file])


@pytest.mark.parametrize("wish", ["pytest==9.2.0", "never-heard-of==1.0", "Py.Test[x]==1  # words"])
def test_an_unused_requirement_is_found(wish):
    asked = asked_for(f"# words\nFlask==3.1.3\n{wish}")
    assert unused(asked, sources_of(PRODUCT)) == asked_for(wish)


@pytest.mark.parametrize("file", [PRODUCT, TESTS], ids=["product", "tests"])
def test_an_extra_is_asked_for_on_purpose(file):
    asked = {wish.split("==")[0] for wish in wishes(read(file))}
    assert {wish for wish in asked if "[" in wish} <= EXTRAS
