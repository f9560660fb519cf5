"""What the product asks for is what it uses: a requirement that nothing imports is a weight to carry and to patch."""

import ast
import re
from importlib.metadata import packages_distributions

import pytest

from tests.support.source_rules import ROOT, python_files

ASKED = ROOT / "docs" / "dependencies" / "requirements.in"
# Used without an import of ours, and by whom.
NOT_IMPORTED = {
    "babel": ".ci/strings.py compiles the texts with it, before each start",
    "gunicorn": "serves",
    "manimgx-fonts-cjk": "fonts, found by name in app/integrations/documents",
    "pylopdf-fonts-zh-cn": "fonts, found by name in app/integrations/documents",
}


def plain_name(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def asked_for(text: str) -> set[str]:
    """The names of the distributions a requirements file asks for."""
    wishes = (line.split("#")[0].strip() for line in text.splitlines())
    return {plain_name(re.split(r"[\[=]", wish)[0]) for wish in wishes if wish and not wish.startswith("-")}


def imported(text: str) -> set[str]:
    """The top-level modules a source imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def unused(asked: set[str], modules: set[str]) -> set[str]:
    """Those asked for of which no module is imported."""
    known = packages_distributions()
    used = {plain_name(name) for module in modules for name in known.get(module, ())}
    return asked - used - set(NOT_IMPORTED)


@pytest.fixture(scope="module")
def modules() -> set[str]:
    sources = [*python_files("app", "migrations"), ROOT / "wsgi.py"]
    return {name for path in sources for name in imported(path.read_text(encoding="utf-8"))}


def test_every_requirement_is_imported_somewhere(modules):
    assert not unused(asked_for(ASKED.read_text(encoding="utf-8")), modules)


@pytest.mark.parametrize("wish", ["pytest==9.2.0", "never-heard-of==1.0", "Py.Test[extra]==1  # words"])
def test_an_unused_requirement_is_found(modules, wish):
    assert unused(asked_for(f"# words\nFlask==3.1.3\n{wish}"), modules) == asked_for(wish)


def test_what_is_used_without_an_import_is_still_asked_for(modules):
    asked = asked_for(ASKED.read_text(encoding="utf-8"))
    assert set(NOT_IMPORTED) <= asked
