"""One case as whoever works on it sees it: owner, clock, authority, what each answer would mean."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.services.cases.owners import take_case
from app.services.cases.queries import case_of
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import decide, make_staff, submitted


@pytest.fixture
def version(session, vault, site) -> str:
    return submitted(session, vault, site)


def seen(session, vault, version, who, *, now=NOW):
    return case_of(session, acting(now=now, vault=vault, staff=who), version_public_id=version)


def test_a_case_nobody_took_is_free_and_waits_for_us(session, vault, version):
    case = seen(session, vault, version, make_staff(session))
    assert (case.waits_for, case.waits_days, case.ownership.is_free) == ("us", 0, True)
    assert (case.is_own, case.is_refuser, case.answered, case.appeal) == (False, False, None, None)


def test_its_owner_is_named_to_everyone_and_mine_to_one(session, vault, version):
    mei, other = make_staff(session, display_name="梅"), make_staff(session)
    take_case(session, acting(vault=vault, staff=mei), version_public_id=version)
    session.commit()
    owners = [seen(session, vault, version, who).ownership for who in (mei, other)]
    assert [(one.owner, one.is_mine) for one in owners] == [("梅", True), ("梅", False)]


def test_the_clock_counts_down_to_the_promised_day(session, vault, version):
    who = make_staff(session)
    today = seen(session, vault, version, who)
    later = seen(session, vault, version, who, now=NOW + timedelta(days=2))
    assert today.answer_by_on == later.answer_by_on
    assert (today.days_left - later.days_left, later.waits_days) == (2, 2)


@pytest.mark.parametrize(("roles", "may"), [(("agent",), True), (("compliance",), False)])
def test_authority_follows_the_roles_held_now(session, vault, version, roles, may):
    assert seen(session, vault, version, make_staff(session, roles=roles)).in_authority is may


def test_an_answer_meant_for_later_names_its_dates(session, vault, version):
    means = seen(session, vault, version, make_staff(session)).meaning
    assert NOW.date() < means.valid_until_on <= means.first_on
    assert means.hold_until_on > NOW.date()
    assert means.appeal_until_on > means.hold_until_on


def test_what_was_answered_is_shown_with_its_reason_and_who(session, vault, site, version):
    mei = make_staff(session, display_name="梅")
    decide(session, vault, site, version, mei, answer="refuse", words="先缓一缓")
    answered = seen(session, vault, version, mei).answered
    assert (answered.answer, answered.words, answered.by) == ("refuse", "先缓一缓", "梅")


def test_what_does_not_exist_is_not_found(session, vault):
    with pytest.raises(NotFound):
        seen(session, vault, "x" * 20, make_staff(session))
