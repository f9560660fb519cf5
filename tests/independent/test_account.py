"""The independent program against figures worked by hand; every fen of a payment found again."""

import ast
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ACCOUNTS = HERE.parent / "data" / "accounts"
EXPECTED = sorted(ACCOUNTS.glob("*.expected.json"))
CASES = [(path, when) for path in EXPECTED for when in json.loads(path.read_text("utf-8"))]


def account_of(expected: Path) -> Path:
    return expected.with_name(expected.name.replace(".expected", ""))


def named(case) -> str:
    return f"{case[0].name.split('.')[0]} {case[1]}"


@pytest.fixture
def standing(monkeypatch):
    """The program as a stranger runs it: its folder is on the path, nothing of the product."""
    monkeypatch.syspath_prepend(str(HERE))
    from account import Account

    def run(path: Path, when: str) -> dict:
        as_of, _, known_at = when.partition(" known ")
        file = json.loads(path.read_text("utf-8"))
        return Account(file, date.fromisoformat(as_of), known_at or None).standing()

    return run


@pytest.mark.parametrize("case", CASES, ids=named)
def test_figures_are_those_worked_by_hand(case, standing):
    path, when = case
    expected = json.loads(path.read_text("utf-8"))[when]
    got = standing(account_of(path), when)
    assert {key: got[key] for key in expected} == expected
    assert_every_fen_is_found(got, json.loads(account_of(path).read_text("utf-8"))["payments"])


def assert_every_fen_is_found(got: dict, payments: list) -> None:
    fen = {p["number"]: p["fen"] for p in payments}
    back = {p["reverses"] for p in payments} | {p["number"] for p in payments if p["reverses"]}
    found = {
        paid["number"]: sum(c["fen"] for c in paid["covered"]) + paid["credit_fen"]
        for paid in got["payments"] or []
    }
    # What is taken back covers nothing, and what lies ahead nothing yet.
    assert all(part <= fen[number] for number, part in found.items())
    standing = sum(fen[number] for number, part in found.items() if part or number not in back)
    if got["payments"] is not None:
        assert sum(found.values()) + got["ahead_fen"] == standing


def test_every_account_file_has_its_figures():
    accounts = [path for path in ACCOUNTS.glob("*.json") if ".expected" not in path.name]
    assert sorted(account_of(path) for path in EXPECTED) == sorted(accounts)
    assert len(accounts) >= 25


def test_it_prints_as_the_command_does():
    command = [sys.executable, "account.py", str(ACCOUNTS / "01-on-time.json")]
    done = subprocess.run(
        [*command, "--as-of", "2027-02-05", "--json"], cwd=HERE, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["next"] == {"due_on": "2027-03-05", "amount_fen": 10700}


def test_it_stands_on_the_standard_library_alone():
    own = {path.stem for path in HERE.glob("*.py")}
    for name in (one for one in own if not one.startswith("test_")):
        tree = ast.parse((HERE / f"{name}.py").read_text("utf-8"))
        froms = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        plain = [
            n.name for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names
        ]
        numbers = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
        assert {m.split(".")[0] for m in froms + plain} <= sys.stdlib_module_names | own
        assert not any(isinstance(n, float) for n in numbers)
