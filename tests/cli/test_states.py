"""The drawing of the states is what their tables say."""

from app.cli.states import page
from app.domain.states import PLAN_MOVES, VERSION_MOVES
from tests.support.source_rules import ROOT


def test_the_drawing_in_the_papers_is_of_today():
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == page()


def test_every_move_is_drawn_and_no_other():
    drawn = {line.strip() for line in page().splitlines() if " --> " in line and "[*]" not in line}
    moves = {**VERSION_MOVES, **PLAN_MOVES}
    assert drawn == {f"{old} --> {new}" for old, following in moves.items() for new in following}


def test_the_command_writes_the_page(answer, tmp_path):
    status, told = answer("states-draw", tmp_path / "states.md")
    assert (status, told) == (0, {"file": str(tmp_path / "states.md")})
    assert (tmp_path / "states.md").read_text(encoding="utf-8") == page()


def test_a_folder_that_is_not_there_is_told(answer, tmp_path):
    status, told = answer("states-draw", tmp_path / "none" / "states.md")
    assert (status, told["error"]) == (1, "file")
