"""What waits to be released, and one of it in full."""

import pytest

from app.domain.errors import NotFound
from app.services.counters.release_queries import (
    release_view,
    waiting_release,
    waiting_releases,
)
from tests.support.counters import TEXT, at_desk, counter, release, version_of
from tests.support.proposals import make_staff, submitted


@pytest.fixture
def waiting(session, vault, site):
    author = make_staff(session)
    parent = submitted(session, vault, site)
    made = counter(session, vault, site, parent, author, rate="zero")
    return version_of(session, made), author, parent


def test_listed_with_how_many_stand_behind_it(session, vault, site, waiting):
    version, author, parent = waiting
    (row,) = waiting_releases(session, at_desk(vault, site, author))
    assert (row.public_id, row.needed, row.behind, row.is_mine) == (version.public_id, 1, 0, True)
    assert waiting_release(session, parent_public_id=parent) == version.public_id


def test_in_full_with_words_cost_and_who_may(session, vault, site, waiting):
    version, author, _parent = waiting
    mine = release_view(session, at_desk(vault, site, author), version_public_id=version.public_id)
    assert (mine.is_mine, mine.may_release) == (True, False)
    other = make_staff(session, roles=("supervisor",))
    view = release_view(session, at_desk(vault, site, other), version_public_id=version.public_id)
    assert (view.words, view.summary) == (TEXT.words, TEXT.summary)
    assert (view.may_release, view.needed, view.behind) == (True, 1, ())
    assert view.ours.concession.interest_fen > 0 == view.theirs.concession.interest_fen
    assert view.ours.needed.level == "supervisor"


def test_once_released_it_is_gone_from_the_list(session, vault, site, waiting):
    version, author, parent = waiting
    release(session, vault, site, version, make_staff(session, roles=("supervisor",)))
    assert waiting_releases(session, at_desk(vault, site, author)) == ()
    assert waiting_release(session, parent_public_id=parent) is None
    with pytest.raises(NotFound):
        release_view(session, at_desk(vault, site, author), version_public_id=version.public_id)
