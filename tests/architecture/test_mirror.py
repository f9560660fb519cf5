"""`tests/services/<package>/` mirrors the packages: each module with logic has a test file of its
name.
"""

import ast
from collections.abc import Iterable

import pytest

from tests.support.source_rules import ROOT, Function

SERVICES, TESTS = ROOT / "app" / "services", ROOT / "tests" / "services"


def has_logic(text: str) -> bool:
    """Whether a module has a function, or a class with one; texts and records alone have none."""
    parts = [part for node in ast.parse(text).body for part in (node, *_inside(node))]
    return any(isinstance(part, Function) for part in parts)


def _inside(node: ast.stmt) -> list[ast.stmt]:
    return node.body if isinstance(node, ast.ClassDef) else []


def without_tests(modules: Iterable[str], tests: Iterable[str]) -> list[str]:
    """The modules, as package/name, that have no test file in their package's folder."""
    there = set(tests)
    wanted = ((one, "/test_".join(one.split("/"))) for one in modules)
    return sorted(module for module, test in wanted if test not in there)


def names(folder, pattern: str) -> list[str]:
    """package/name of the files one folder down."""
    found = (path.relative_to(folder).with_suffix("") for path in folder.glob(f"*/{pattern}"))
    return [path.as_posix() for path in found]


def test_each_module_with_logic_has_a_test_file_of_its_name():
    modules = [
        name
        for name in names(SERVICES, "*.py")
        if has_logic((SERVICES / f"{name}.py").read_text(encoding="utf-8"))
    ]
    assert len(modules) > 70
    assert without_tests(modules, names(TESTS, "test_*.py")) == []


def test_each_folder_of_tests_names_a_package():
    folders = {name.partition("/")[0] for name in names(TESTS, "*.py")}
    assert [one for one in sorted(folders) if not (SERVICES / one / "__init__.py").exists()] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(): pass", True),
        ("async def f(): pass", True),
        ("class C:\n    @property\n    def x(self): return 1", True),
        ("class C:\n    x: int = 1", False),
        ("'''Words only.'''\nWORDS = ('a', 'b')\nLESS = sorted(WORDS, key=lambda one: one)", False),
    ],
)
def test_logic_is_a_function_or_a_method(text, expected):
    assert has_logic(text) is expected


def test_a_module_without_its_test_file_is_found():
    modules = ["plans/steps", "plans/verdicts", "holds/queries"]
    assert without_tests(modules, ["plans/test_steps", "loans/test_queries"]) == [
        "holds/queries",
        "plans/verdicts",
    ]
