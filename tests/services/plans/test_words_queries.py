"""What staff wrote with versions, opened by version and kind."""

from app.services.plans.words_queries import words_of_versions
from tests.support.acting import acting
from tests.support.counters import TEXT, counter, version_of
from tests.support.proposals import make_staff, submitted


def test_by_version_and_kind(session, vault, site):
    parent = submitted(session, vault, site)
    made = version_of(session, counter(session, vault, site, parent, make_staff(session)))
    found = words_of_versions(session, acting(vault=vault), ids=[made.id, made.parent_id])
    assert found == {(made.id, "borrower"): TEXT.words, (made.id, "summary"): TEXT.summary}
    assert words_of_versions(session, acting(vault=vault), ids=[]) == {}
