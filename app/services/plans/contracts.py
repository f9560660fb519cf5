"""The contracts behind the loans of versions, by public id: what their interest is held against."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.concession import Contract
from app.domain.plan_terms import PlannedTerms
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
