"""Steps of an answer: which words reach the borrower."""

from dataclasses import replace

import pytest

from app.services.cases.steps import LONGEST_WORDS, Reply, WordsNeeded, checked_reply
from app.services.core.wording import BannedWords

REFUSAL = Reply("refuse", "amount_too_low", "这个数要还很久", "key-1")


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
