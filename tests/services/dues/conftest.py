"""Three signed plans with books, and the job that keeps dues."""

import pytest

from app.services.dues.keeping import keep_dues
from tests.services.ledger.made import posted, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW


@pytest.fixture
def plans(session, vault, site):
    found = [signed_plan(session, vault, site) for _ in range(3)]
    for one in found:
        posted(session, one.plan.id, NOW.date())
    return found


@pytest.fixture
def keep(session):
    """Pass after pass at an instant until one is over; how many plans it read."""

    def kept(at=NOW, limit=2):
        found = 0
        while True:
            one = keep_dues(session, acting(now=at), limit=limit)
            found += one.plans
            if one.is_over:
                return found

    return kept
