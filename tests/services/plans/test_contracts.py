"""The contracts behind the loans of versions."""

from dataclasses import replace

from app.domain.concession import Contract
from app.domain.plan_terms import read_terms
from app.services.plans.contracts import (
    contract_ppm_told,
    contracts_by_loan,
    contracts_in,
    rates_told,
)
from tests.domain.examples import POLICY
from tests.support.counters import version_of
from tests.support.proposals import submitted
from tests.support.several import proposed_over, three_loans


def test_by_the_loans_public_ids(session, vault, site):
    terms = read_terms(version_of(session, submitted(session, vault, site)).terms)
    found = contracts_in(session, each=[terms, terms])
    assert found == {terms.loans[0].public_id: Contract(156_000, 360)}
    assert contracts_in(session, each=[]) == {}


def test_the_rate_told_is_that_of_the_first_loan_whose_plan_bears_another(session, vault, site):
    borrower, loans = three_loans(session, vault)
    terms = read_terms(proposed_over(session, vault, site, borrower, loans).terms)
    contracts = contracts_by_loan(loans)
    assert contracts == contracts_in(session, each=[terms])

    def told(*rates):
        each = zip(terms.loans, rates, strict=True)
        given = replace(terms, loans=tuple(replace(one, annual_ppm=ppm) for one, ppm in each))
        return contract_ppm_told(given, contracts=contracts | other, policy=POLICY)

    last = terms.loans[2].public_id
    other = {last: Contract(900_000, 360)}  # above the ceiling
    ceiling = POLICY.amounts.ceiling_ppm
    assert told(156_000, 156_000, ceiling) == 156_000
    assert told(156_000, 156_000, 100_000) == ceiling
    assert told(156_000, 100_000, 100_000) == 156_000
    # the rate that is told is that of the same loan
    (first, *_others) = terms.loans
    lower = replace(terms, loans=(first, replace(terms.loans[1], annual_ppm=1_000)))
    assert rates_told(lower, contracts=contracts, policy=POLICY) == (1_000, 156_000)
