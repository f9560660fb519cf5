"""What a counter-offer stands on: the version it answers, the loans on its day, what was told."""

import pytest

from app.domain.errors import NotFound
from app.services.counters.basis import NothingToCounter, counter_basis, counter_of, fit_of
from app.services.hardship.records import Hardship
from tests.domain.examples import POLICY
from tests.support.acting import acting
from tests.support.counters import wish
from tests.support.proposals import approved_at_once, submitted


def test_it_stands_on_what_was_owed_when_the_plan_came_in(session, vault, site):
    version = submitted(session, vault, site)
    basis = counter_basis(session, acting(vault=vault, site=site), version_public_id=version)
    assert basis.contract_rates == dict.fromkeys(basis.debts, 156_000)
    made = counter_of(session, basis=basis, wish=wish(rate="zero"))
    assert made.terms.owed == basis.terms.owed
    assert made.concession.interest_fen > 0
    assert made.needed.level == "supervisor"
    assert made.fit is None
    assert [one.level for one in basis.starting_points()]


def test_what_no_longer_waits_has_none(session, vault, site):
    version = approved_at_once(session, vault, site)
    with pytest.raises(NothingToCounter):
        counter_basis(session, acting(vault=vault, site=site), version_public_id=version)
    with pytest.raises(NotFound):
        counter_basis(session, acting(vault=vault, site=site), version_public_id="nowhere")


def test_how_it_fits_is_known_only_where_income_was_told():
    assert fit_of(POLICY, Hardship(), 10_000) is None
