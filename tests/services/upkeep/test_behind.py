"""Who stands behind versions: others than their authors, with the role, as many as it takes."""

import pytest
from sqlalchemy import text

from app.services.upkeep.behind import too_few_behind
from tests.support.counters import counter, release, version_of
from tests.support.proposals import make_staff, submitted
from tests.support.unguarded import unguarded


@pytest.fixture
def released(session, vault, site):
    parent = submitted(session, vault, site)
    made = counter(session, vault, site, parent, make_staff(session), rate="zero")
    version = version_of(session, made)
    release(session, vault, site, version, make_staff(session, roles=("supervisor",)))
    return version


def test_what_was_released_by_enough_is_sound(session, released):
    assert list(too_few_behind(session)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE version_releases SET person_id = author_person || 'x'", ""),
        ("DELETE FROM version_releases", "released by too few"),
        ("UPDATE version_releases SET author_person = 'x'", "released by its author"),
        ("DELETE FROM staff_roles WHERE role = 'supervisor'", "released without the role"),
        ("UPDATE plan_versions SET releases_needed = 2 WHERE releases_needed = 1", "too few"),
    ],
)
def test_what_somebody_changed_behind_our_back_shows(session, released, change, told):
    with unguarded(session):
        session.execute(text(change))
    found = list(too_few_behind(session))
    assert any(told in one for one in found) if told else found == []
