"""Steps of counter-offers: words that may be read, kept once and sealed."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.services.core.wording import BannedWords
from app.services.counters.steps import (
    LONGEST_WORDS,
    CounterWordsNeeded,
    checked_words,
    keep_words,
    standing,
)
from app.services.plans.words_queries import words_of_versions
from tests.support.clock import NOW
from tests.support.counters import at_desk, version_of
from tests.support.proposals import make_staff, submitted


def test_words_go_without_blanks_around_and_line_ends_count_once():
    assert checked_words(" 好\r\n的 ") == "好\n的"
    assert checked_words("长" * (LONGEST_WORDS - 1) + "\r\n")
    assert checked_words("", is_needed=False) == ""


@pytest.mark.parametrize("words", ["", " ", "长" * (LONGEST_WORDS + 1)])
def test_words_are_needed_and_not_endless(words):
    with pytest.raises(CounterWordsNeeded):
        checked_words(words)


def test_words_the_rules_forbid_are_refused():
    with pytest.raises(BannedWords):
        checked_words("老 赖")


def test_one_of_a_kind_with_a_version(session, vault, site):
    version = version_of(session, submitted(session, vault, site))
    context = at_desk(vault, site, make_staff(session))
    keep_words(session, context, version=version, kind="borrower", words="")
    keep_words(session, context, version=version, kind="borrower", words="您好")
    found = words_of_versions(session, context, ids=[version.id])
    assert found == {(version.id, "borrower"): "您好"}
    with pytest.raises(IntegrityError):
        keep_words(session, context, version=version, kind="borrower", words="再说一遍")
    session.rollback()


def test_only_what_waits_may_be_replaced(session, vault, site):
    version = version_of(session, submitted(session, vault, site))
    assert standing(version, NOW)
    version.state = "withdrawn"
    assert not standing(version, NOW)
    session.rollback()
