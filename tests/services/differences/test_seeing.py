"""Someone of finance sees to a difference, with what they found."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry
from app.services.differences.seeing import (
    DifferenceGone,
    DifferenceWordsLong,
    see_to_difference,
)


@pytest.fixture
def see(session, zheng):
    def seen(key, words="核心没有减"):
        see_to_difference(session, zheng, key=key, words=words)

    return seen


def test_it_has_an_owner_and_words_and_one_entry(session, told, compare, rows, see, zheng):
    told(interest=9_900)
    compare()
    key = rows()["interest"].id
    see(key)
    see(key)
    one = rows()["interest"]
    assert (one.owner_id, one.words) == (zheng.staff.staff_id, "核心没有减")
    entries = select(AuditEntry).where(AuditEntry.action == "difference_seen_to")
    assert len(session.scalars(entries).all()) == 1


def test_what_a_rule_explains_is_nobodys(told, compare, rows, see):
    told()
    compare()
    with pytest.raises(DifferenceGone):
        see(rows()["penalty"].id)


def test_one_that_is_not_there(see):
    with pytest.raises(NotFound):
        see(999_999)


def test_words_are_short(told, compare, rows, see):
    told(interest=9_900)
    compare()
    with pytest.raises(DifferenceWordsLong):
        see(rows()["interest"].id, "长" * 301)
