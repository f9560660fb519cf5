"""The contracts behind the loans of versions, by public id: what their interest is held against."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.concession import Contract
from app.domain.money import Rate
from app.domain.plan_terms import PlannedTerms
from app.domain.policy import Policy
from app.models import Loan


def contracts_in(session: Session, *, each: Iterable[PlannedTerms]) -> Mapping[str, Contract]:
    """Return the contracts of all loans that terms are about: one query however many."""
    wanted = {loan.public_id for terms in each for loan in terms.loans}
    if not wanted:
        return {}
    rows = session.execute(
        select(Loan.public_id, Loan.annual_ppm, Loan.day_basis).where(Loan.public_id.in_(wanted))
    )
    return {public_id: Contract(annual_ppm, basis) for public_id, annual_ppm, basis in rows}


def contracts_by_loan(loans: Iterable[Loan]) -> dict[str, Contract]:
    """Return the contracts of loans that were read already, by public id."""
    return {one.public_id: Contract(one.annual_ppm, one.day_basis) for one in loans}


def contract_ppm_told(
    terms: PlannedTerms, *, contracts: Mapping[str, Contract], policy: Policy
) -> int:
    """Return the contract's rate that stands beside the rate of a plan, at most the ceiling.

    Units: ppm a year.
    """
    return rates_told(terms, contracts=contracts, policy=policy)[1]


def rates_told(
    terms: PlannedTerms, *, contracts: Mapping[str, Contract], policy: Policy
) -> tuple[Rate, int]:
    """Return the rate that is told of a plan and its contract's, at most the ceiling: of several
    loans those of the first one whose plan bears another rate, as when it was judged.

    Units: ppm a year.
    """
    ceiling = policy.amounts.ceiling_ppm
    each = [
        (one.annual_ppm, min(contracts[one.public_id].annual_ppm, ceiling)) for one in terms.loans
    ]
    return next((pair for pair in each if pair[0] != pair[1]), each[0])
