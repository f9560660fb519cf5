"""Worked examples: questions with full answers, in examples.json beside; run it to write them."""

import json
from pathlib import Path
from typing import Any

from tests.support.second.cases import CATCH_UPS, CONTRACTS, DEFERRALS, SETTLEMENTS
from tests.support.second.plan_cases import REAMORTISE, STEP_UPS
from tests.support.second.questions import answer

FILE = Path(__file__).with_name("examples.json")
QUESTIONS = [*CONTRACTS, *REAMORTISE, *STEP_UPS, *DEFERRALS, *CATCH_UPS, *SETTLEMENTS]


def written() -> list[dict[str, Any]]:
    """The examples on file, each a question with its `expected` answer."""
    loaded: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded


def computed() -> list[dict[str, Any]]:
    """The examples as the engine answers them now."""
    return [{**question, "expected": answer(question)} for question in QUESTIONS]


def write() -> None:
    """Write every example anew, one a line; read the diff."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in computed())
    FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write()
