"""The types we wrote for libraries without any name only what those libraries have."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.support.source_rules import ROOT, Function

STUBS = ROOT / ".ci" / "types"
FILES = sorted(STUBS.rglob("*.pyi"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(STUBS).with_suffix("").parts).removesuffix(".__init__")


def untrue(text: str, real: Any) -> list[str]:
    """What a stub tells that the module, or the class, it is of does not have."""
    return [fault for node in ast.parse(text).body for fault in _faults(node, real)]


def _faults(node: ast.stmt, real: Any) -> Iterator[str]:
    if not isinstance(node, Function | ast.ClassDef):
        return
    found = inspect.getattr_static(real, node.name, None)
    if found is None:
        yield f"no {node.name}"
    elif isinstance(node, ast.ClassDef):
        for part in node.body:
            yield from (f"{node.name}: {fault}" for fault in _faults(part, found))
    elif inspect.isfunction(found):
        yield from (f"{node.name} takes no {name}" for name in _unknown(node, found))


def _unknown(node: Function, real: Any) -> set[str]:
    """The parameters that a function does not take."""
    known = inspect.signature(real).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in known):
        return set()
    told = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
    return told - {one.name for one in known}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_library_has_what_its_types_tell(path):
    assert not untrue(path.read_text(encoding="utf-8"), import_module(module_of(path)))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("class Nowhere: ...", "no Nowhere"),
        ("class Form:\n    def nothing(self): ...", "Form: no nothing"),
        ("class Form:\n    def validate(self, what): ...", "Form: validate takes no what"),
    ],
)
def test_what_is_not_there_is_found(text, fault):
    assert untrue(text, import_module("wtforms.form")) == [fault]
