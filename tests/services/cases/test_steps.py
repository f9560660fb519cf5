"""Steps of an answer: who has the authority, and which words reach the borrower."""

from dataclasses import replace

import pytest

from app.services.cases.steps import LONGEST_WORDS, Reply, WordsNeeded, checked_reply, may_decide
from app.services.core.wording import BannedWords
from tests.domain.examples import POLICY

REFUSAL = Reply("refuse", "amount_too_low", "这个数要还很久", "key-1")


class Planned:
    """Of a plan's terms what authority hangs on."""

    def __init__(self, periods: int, annual_ppm: int) -> None:
        self.periods, self.annual_ppm = periods, annual_ppm


@pytest.mark.parametrize(
    ("roles", "periods", "annual_ppm", "may"),
    [
        ({"agent"}, POLICY.authority.agent_periods, 156_000, True),
        ({"agent"}, POLICY.authority.agent_periods + 1, 156_000, False),
        ({"agent"}, POLICY.authority.agent_periods, 155_999, False),  # a rate below the contract's
        ({"supervisor"}, POLICY.authority.agent_periods + 1, 0, True),
        ({"supervisor"}, POLICY.authority.supervisor_periods + 1, 156_000, False),
        ({"agent", "supervisor"}, POLICY.authority.supervisor_periods, 0, True),
        ({"finance", "admin", "compliance"}, 1, 156_000, False),
        (set(), 1, 156_000, False),
    ],
)
def test_authority_is_by_length_and_rate(roles, periods, annual_ppm, may):
    terms = Planned(periods, annual_ppm)
    given = {"contract_ppm": 156_000, "policy": POLICY, "roles": frozenset(roles)}
    assert may_decide(terms, **given) is may


def test_above_the_ceiling_the_ceiling_is_the_rate_to_keep():
    terms, roles = Planned(1, POLICY.amounts.ceiling_ppm), frozenset({"agent"})
    assert may_decide(terms, contract_ppm=360_000, policy=POLICY, roles=roles)


def test_words_go_out_without_blanks_around_and_an_approval_needs_none():
    assert checked_reply(replace(REFUSAL, words="  好的\n")).words == "好的"
    assert checked_reply(replace(REFUSAL, words="长" * LONGEST_WORDS + " "))
    assert checked_reply(replace(REFUSAL, answer="approve", words=" ")).words == ""


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", WordsNeeded),
        (" \n", WordsNeeded),
        ("长" * (LONGEST_WORDS + 1), WordsNeeded),
        ("老 赖", BannedWords),
    ],
)
def test_a_refusal_without_words_or_with_forbidden_ones_goes_nowhere(words, problem):
    with pytest.raises(problem):
        checked_reply(replace(REFUSAL, words=words))
