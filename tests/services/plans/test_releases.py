"""A release: the author can give none, and one is kept as it was given."""

import pytest
from sqlalchemy.exc import DBAPIError

from app.services.plans.releases import add_release
from tests.support.counters import at_desk, version_of
from tests.support.proposals import make_staff, submitted


def test_counted_with_those_before_and_refused_to_the_author(session, vault, site):
    version = version_of(session, submitted(session, vault, site))
    first = make_staff(session, roles=("supervisor",))
    assert add_release(session, at_desk(vault, site, first), version=version) == 1
    session.commit()
    author = make_staff(session, person_id=version.author_person)
    with pytest.raises(DBAPIError):
        add_release(session, at_desk(vault, site, author), version=version)
    session.rollback()
