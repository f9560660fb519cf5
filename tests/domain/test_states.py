"""The moves of plans and versions, and what a case waits for."""

from datetime import UTC, date, datetime

import pytest

from app.domain.states import (
    ASKABLE,
    CHANGEABLE,
    COUNTERABLE,
    ENDED_VERSIONS,
    OFFERED,
    OPEN_VERSIONS,
    PLAN_MOVES,
    UNANSWERED,
    VERSION_MOVES,
    WAITS_FOR,
    may_move,
    state_on,
    waits_for,
)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("version", "draft", "submitted"),
        ("version", "draft", "lapsed"),
        ("version", "submitted", "approved"),
        ("version", "submitted", "withdrawn"),
        ("version", "needs_document", "submitted"),
        ("version", "draft", "countered"),
        ("version", "draft", "superseded"),
        ("version", "draft", "recalled"),
        ("version", "countered", "superseded"),
        ("version", "countered", "recalled"),
        ("version", "countered", "expired"),
        ("version", "countered", "approved"),
        ("version", "needs_document", "expired"),
        ("version", "needs_document", "refused"),
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
        ("version", "draft", "signed"),
        ("version", "countered", "signed"),
        ("version", "countered", "refused"),
        ("version", "recalled", "countered"),
        ("version", "superseded", "countered"),
        ("version", "submitted", "signed"),
        ("version", "approved", "approved"),
        ("version", "approved", "refused"),
        ("version", "refused", "approved"),
        ("version", "signed", "withdrawn"),
        ("plan", "replaced", "active"),
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


def test_every_state_says_what_its_case_waits_for():
    assert set(WAITS_FOR) == set(VERSION_MOVES)


@pytest.mark.parametrize(
    ("state", "whom"),
    [
        ("submitted", "us"),
        ("under_appeal", "second_person"),
        ("needs_document", "documents"),
        ("approved", "borrower"),
        ("countered", "borrower"),
        ("draft", "nobody"),
        ("signed", "nobody"),
    ],
)
def test_a_case_waits_for_whoever_has_the_next_word(state, whom):
    assert waits_for(state) == whom


def test_nothing_waits_for_a_version_that_is_over_and_something_for_an_open_one():
    assert {waits_for(state) for state in ENDED_VERSIONS} == {"nobody"}
    assert all(waits_for(state) != "nobody" for state in OPEN_VERSIONS)


def test_asking_the_borrower_hands_over_what_was_ours_and_nothing_else():
    asked = {state for state in WAITS_FOR if waits_for(state, is_asked=True) != waits_for(state)}
    assert asked == {ASKABLE}
    assert asked < UNANSWERED == {"submitted", "under_appeal"}
    assert {waits_for(state, is_asked=True) for state in asked} == {"borrower"}


def test_what_a_state_that_does_not_exist_waits_for_is_a_fault():
    with pytest.raises(KeyError):
        waits_for("nowhere")


@pytest.mark.parametrize("state", ["countered", "approved"])
def test_what_lies_with_the_borrower_is_over_with_its_last_day(state):
    until = datetime(2026, 12, 1, 15, 59, 59, tzinfo=UTC)  # the last second in Beijing
    told = {"valid_until_at": until}
    assert state_on(state, today=date(2026, 12, 1), **told) == state
    assert state_on(state, today=date(2026, 12, 2), **told) == "expired"


def test_a_version_that_waits_for_us_is_never_over_by_its_day():
    until = datetime(2026, 12, 1, 15, 59, 59, tzinfo=UTC)
    assert state_on("submitted", valid_until_at=until, today=date(2027, 1, 1)) == "submitted"


def test_what_may_be_countered_or_changed_can_give_way():
    assert all(may_move("version", one, "superseded") for one in CHANGEABLE | COUNTERABLE)
    assert all(may_move("version", one, "expired") for one in OFFERED)
