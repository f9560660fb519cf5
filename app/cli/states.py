"""The state machine of a plan and its versions, drawn from its tables."""

from collections.abc import Collection, Mapping
from pathlib import Path

import click

from app.cli.console import Answer, answering
from app.domain.states import PLAN_MOVES, VERSION_MOVES, WAITS_FOR

HEAD = """# States

Drawn by `flask --app wsgi states-draw docs/states.md` from the tables of `app/domain/states.py`;
a test fails where this page is not what the tables say.
"""


@click.command("states-draw", help="把方案和版本的状态画成图，写进一个文件")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@answering
def draw(file: Path) -> Answer:
    file.write_text(page(), encoding="utf-8")
    return Answer({"file": str(file)}, [f"写好了 {file}"])


def page() -> str:
    """Return the whole page: a drawing of each machine, and what a case waits for in each state."""
    drawn = (
        HEAD,
        "## A version\n\n" + _machine(VERSION_MOVES, "draft"),
        "## A plan, once signed\n\n" + _machine(PLAN_MOVES, "active"),
        "## What a case waits for\n\n" + _waits(),
    )
    return "\n".join(drawn)


def _machine(moves: Mapping[str, Collection[str]], first: str) -> str:
    lines = [f"    [*] --> {first}"]
    for state, following in moves.items():
        lines += [f"    {state} --> {one}" for one in sorted(following)]
        if not following:
            lines.append(f"    {state} --> [*]")
    return "\n".join(("```mermaid", "stateDiagram-v2", *lines, "```", ""))


def _waits() -> str:
    rows = [f"| `{state}` | {whom} |" for state, whom in WAITS_FOR.items()]
    return "\n".join(("| state | waits for |", "|---|---|", *rows, ""))


COMMANDS = (draw,)
