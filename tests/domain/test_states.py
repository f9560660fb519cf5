"""The moves of plans and versions."""

import pytest

from app.domain.states import OPEN_VERSIONS, PLAN_MOVES, VERSION_MOVES, may_move


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("version", "draft", "submitted"),
        ("version", "draft", "lapsed"),
        ("version", "submitted", "approved"),
        ("version", "submitted", "withdrawn"),
        ("version", "needs_document", "submitted"),
        ("version", "countered", "superseded"),
        ("version", "approved", "recalled"),
        ("version", "refused", "under_appeal"),
        ("version", "under_appeal", "upheld"),
        ("plan", "active", "in_cure"),
        ("plan", "in_cure", "active"),
        ("plan", "completed", "active"),
    ],
)
def test_moves_that_are_allowed(kind, old, new):
    assert may_move(kind, old, new)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("version", "draft", "approved"),
        ("version", "submitted", "signed"),
        ("version", "approved", "approved"),
        ("version", "approved", "refused"),
        ("version", "refused", "approved"),
        ("version", "signed", "withdrawn"),
        ("plan", "broken", "active"),
        ("plan", "completed", "broken"),
    ],
)
def test_moves_that_are_not(kind, old, new):
    assert not may_move(kind, old, new)


@pytest.mark.parametrize("moves", [VERSION_MOVES, PLAN_MOVES])
def test_every_state_a_move_leads_to_exists(moves):
    assert {new for targets in moves.values() for new in targets} <= set(moves)


def test_no_machine_state_leads_from_an_end():
    assert all(VERSION_MOVES[state] for state in OPEN_VERSIONS)


@pytest.mark.parametrize(("old", "new"), [("nowhere", "signed"), ("draft", "nowhere")])
def test_a_state_that_does_not_exist_is_a_fault(old, new):
    with pytest.raises(KeyError):
        may_move("version", old, new)
