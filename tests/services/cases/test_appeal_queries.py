"""An appeal as those read it who answer it."""

from datetime import timedelta

from tests.support.appeals import WORDS, answer, appeal, appeal_of, refused
from tests.support.clock import NOW
from tests.support.proposals import make_staff


def of(session, vault, version):
    found = appeal_of(session, vault, version)
    session.rollback()
    return found


def test_what_was_written_is_read_with_its_clock_and_who_refused(session, vault, site):
    mei = make_staff(session)
    borrower, version = refused(session, vault, site, decider=mei)
    assert of(session, vault, version) is None
    appeal(session, vault, borrower, version, now=NOW + timedelta(hours=1))
    found = of(session, vault, version)
    assert (found.words, found.filed_at, found.refused_by, found.answered_at) == (
        WORDS,
        NOW + timedelta(hours=1),
        mei.person_id,
        None,
    )
    later = NOW + timedelta(hours=2)
    answer(session, vault, site, version, make_staff(session), now=later)
    assert of(session, vault, version).answered_at == later


def test_each_version_has_its_own_and_an_unknown_one_none(session, vault, site):
    (first, refused_first), (_second, refused_second) = (
        refused(session, vault, site) for _ in range(2)
    )
    appeal(session, vault, first, refused_first)
    assert of(session, vault, refused_first).words == WORDS
    assert of(session, vault, refused_second) is None
    assert of(session, vault, "x" * 20) is None
