"""A counter-offer as its borrower reads it, and everything that went to and fro."""

import pytest

from app.domain.errors import NotFound
from app.services.counters.queries import counter_view, talk_of_version
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.counters import TEXT, counter, owner_of, version_of
from tests.support.proposals import actor_of, changed, make_staff, submitted


@pytest.fixture
def lies(session, vault, site):
    author = make_staff(session, display_name="林思远")
    made = counter(session, vault, site, submitted(session, vault, site), author, periods=12)
    return version_of(session, made)


def seen(session, vault, site, version, *, borrower=None):
    borrower = borrower or owner_of(session, version.public_id)
    return counter_view(
        session,
        acting(actor=actor_of(borrower), vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version.public_id,
    )


def test_what_differs_is_told_in_figures(session, vault, site, lies):
    view = seen(session, vault, site, lies)
    assert (view.theirs.periods, view.ours.periods, view.fewer) == (8, 12, -4)
    assert view.months_later == 4
    assert view.less_fen == view.theirs.highest_fen - view.ours.highest_fen > 0
    assert view.saves_fen == view.theirs.total_fen - view.ours.total_fen
    assert view.waives_more_fen == 33_29 - 9_99
    assert view.rate_lower_ppm == view.theirs.annual_rate_ppm - view.ours.annual_rate_ppm
    assert (view.words, view.by, view.released) == (TEXT.words, "林*", ())
    assert (view.our_share, view.their_share) == (None, None)


def test_its_borrower_reads_no_summary_and_no_whole_name(session, vault, site, lies):
    told = repr(seen(session, vault, site, lies))
    assert TEXT.summary not in told
    assert "林思远" not in told
    at_desk = repr(talk_of_version(session, acting(vault=vault), version_public_id=lies.public_id))
    assert "林思远" in at_desk


def test_what_its_borrower_proposed_is_no_counter_offer(session, vault, site):
    parent = version_of(session, submitted(session, vault, site))
    assert seen(session, vault, site, parent) is None


def test_another_borrowers_is_as_absent_as_none(session, vault, site, lies):
    stranger = make_borrower(session, vault)
    session.commit()
    with pytest.raises(NotFound):
        seen(session, vault, site, lies, borrower=stranger)


def test_compared_with_what_the_borrower_proposed_last(session, vault, site, lies):
    borrower = owner_of(session, lies.public_id)
    again = changed(session, vault, site, borrower, lies.public_id, now=NOW, monthly_fen=100_000)
    made = counter(session, vault, site, again, make_staff(session), periods=12)
    view = seen(session, vault, site, version_of(session, made))
    assert view.theirs.asked.monthly_fen == 100_000
    assert [(one.number, one.is_ours) for one in view.talk] == [
        (4, True),
        (3, False),
        (2, True),
        (1, False),
    ]
