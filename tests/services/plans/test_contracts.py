"""The contracts behind the loans of versions."""

from app.domain.concession import Contract
from app.domain.plan_terms import read_terms
from app.services.plans.contracts import contracts_in
from tests.support.counters import version_of
from tests.support.proposals import submitted


def test_by_the_loans_public_ids(session, vault, site):
    terms = read_terms(version_of(session, submitted(session, vault, site)).terms)
    found = contracts_in(session, each=[terms, terms])
    assert found == {terms.loans[0].public_id: Contract(156_000, 360)}
    assert contracts_in(session, each=[]) == {}
