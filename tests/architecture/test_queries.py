"""What reads for pages imports nothing that writes, not even through others."""

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.support.source_rules import ROOT, python_files

READERS = {"queries", "counts", "records"}  # the last word of their names
STATEMENTS = {"transaction", "insert", "update", "delete"}
SESSION_METHODS = {"add", "add_all", "delete", "merge"}


def sources() -> dict[str, str]:
    """The text of every service, by the name of its module."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in python_files("app/services")
    }


def writes(text: str) -> bool:
    """Whether a module opens a transaction, locks or changes a row, or puts a change on record."""
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    named = {one.id for one in calls if isinstance(one, ast.Name)}
    methods = {(getattr(one.value, "id", ""), one.attr) for one in calls if hasattr(one, "attr")}
    return (
        bool(named & STATEMENTS)
        or ("audit", "record") in methods
        or any(name == "with_for_update" for _owner, name in methods)
        or any(owner == "session" and name in SESSION_METHODS for owner, name in methods)
    )


def imported(text: str, known: Mapping[str, str]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found & known.keys()


def faults(texts: Mapping[str, str]) -> Iterator[str]:
    """Every reader that writes itself or reaches a module that does, by whichever way."""
    writing = {name for name, text in texts.items() if writes(text)}
    arrows = {name: imported(text, texts) for name, text in texts.items()}
    for reader in (one for one in texts if re.split("[._]", one)[-1] in READERS):
        reached, fresh = set(), {reader}
        while fresh:
            reached |= fresh
            fresh = {there for one in fresh for there in arrows[one]} - reached
        yield from (f"{reader} reaches {one}" for one in sorted(reached & writing))


def test_queries_reach_no_commands():
    assert not list(faults(sources()))


@pytest.mark.parametrize(
    "fault",
    [
        "with transaction(session): pass",
        "session.execute(update(Loan))",
        "session.add(row)",
        "audit.record(session, context)",
        "session.scalars(query.with_for_update())",
    ],
)
def test_a_planted_arrow_is_found(fault):
    reader, between, command = "a.queries", "a.between", "a.steps"
    planted = {
        reader: "from a.between import x",
        between: "from a import steps",
        command: fault,
    }
    assert list(faults(planted)) == [f"{reader} reaches {command}"]
    assert not list(faults(planted | {command: "session.execute(select(Loan))"}))
