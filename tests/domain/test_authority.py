"""Whose word a plan needs, and how many others have to stand behind it."""

import pytest

from app.domain.allocation import Components
from app.domain.authority import authority_needed, may_approve
from app.domain.concession import Concession
from tests.domain.examples import POLICY

AGENT, SUPERVISOR = frozenset({"agent"}), frozenset({"supervisor"})
BOTH = AGENT | SUPERVISOR
RULES = POLICY.authority
GRANTED = Components(penalty_fen=165_37)


def needed(waived=None, *, interest=0, periods=12, by_policy=GRANTED):
    waived = GRANTED if waived is None else waived
    return authority_needed(Concession(waived, by_policy, interest), periods=periods, policy=POLICY)


def penalty(fen):
    return Components(penalty_fen=fen)


# waived, interest given up, periods -> whose word
CASES = [
    (GRANTED, 0, 36, "agent"),
    # only what is above policy's own waiver uses authority
    (penalty(165_37 + 2_000_00), 0, 36, "agent"),
    (penalty(165_37 + 2_000_01), 0, 36, "supervisor"),
    (penalty(90_000_00), 0, 36, "supervisor"),
    (GRANTED, 0, 37, "supervisor"),
    (GRANTED, 0, 60, "supervisor"),
    (GRANTED, 0, 61, "nobody"),
    (GRANTED, 1, 12, "supervisor"),
    (GRANTED, 5_000_00, 12, "supervisor"),
    (GRANTED, 5_000_01, 12, "two_supervisors"),
    # what is waived of interest and fees counts with the interest given up
    (Components(10_00, 165_37, 20_00), 4_970_00, 12, "supervisor"),
    (Components(10_01, 165_37, 20_00), 4_970_00, 12, "two_supervisors"),
    (Components(0, 165_37, 0, 1), 0, 3, "two_supervisors"),
    # the example of the release page
    (penalty(551_22), 4_288_28, 48, "supervisor"),
]


@pytest.mark.parametrize(("waived", "interest", "periods", "level"), CASES)
def test_whose_word_a_plan_needs(waived, interest, periods, level):
    assert needed(waived, interest=interest, periods=periods).level == level


def test_every_line_says_how_much_there_is_and_whose_word_it_needs():
    found = needed(penalty(551_22), interest=4_288_28, periods=48)
    assert {one.matter: (one.value, one.level) for one in found.lines} == {
        "penalty": (385_85, "agent"),
        "periods": (48, "supervisor"),
        "interest": (4_288_28, "supervisor"),
        "principal": (0, "agent"),
    }


def test_a_waiver_smaller_than_policys_uses_nobodys_authority():
    assert needed(penalty(0)).level == "agent"


# whose word, author -> others who have to release it
RELEASES = [
    ({}, AGENT, 0),
    ({}, SUPERVISOR, 0),
    ({"interest": 1}, AGENT, 1),
    ({"interest": 1}, SUPERVISOR, 0),
    ({"interest": 1}, BOTH, 0),
    ({"interest": 5_000_01}, AGENT, 2),
    ({"interest": 5_000_01}, SUPERVISOR, 1),
]


@pytest.mark.parametrize(("given", "roles", "others"), RELEASES)
def test_an_author_who_is_a_supervisor_is_one_of_those_who_stand_behind_it(given, roles, others):
    assert needed(**given).releases_after(roles) == others


@pytest.mark.parametrize(
    ("given", "roles", "may"),
    [
        ({}, AGENT, True),
        ({}, SUPERVISOR, True),
        ({}, frozenset({"finance", "admin", "compliance"}), False),
        ({"interest": 1}, AGENT, False),
        ({"interest": 1}, BOTH, True),
        ({"interest": 5_000_01}, SUPERVISOR, True),
        ({"periods": RULES.supervisor_periods + 1}, SUPERVISOR, False),
    ],
)
def test_who_may_be_one_of_those_who_approve(given, roles, may):
    assert may_approve(needed(**given), roles) is may
