"""Money that came and that nobody has said whose it is: whose it could be. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass

import structlog
from sqlalchemy import exists, func, literal, select
from sqlalchemy.orm import Session

from app.domain.keeping.standing import PlanStanding
from app.models import Loan, Payment, Plan, StatementFile
from app.services.claims.guessing_queries import likely_ends
from app.services.core.context import Context

# More than these are not looked through: then it could be anybody's.
MOST = 2_000
log = structlog.get_logger()
_UNCLAIMED = (
    # Written out: a partial index is not seen behind a value that is bound.
    Payment.state == literal("unmatched", literal_execute=True),
    Payment.reverses_ref == "",
)


@dataclass(frozen=True)
class UnclaimedMoney:
    """Whose unmatched money could be, as it was up to the payment `last_id`; sums of which nothing
    says whose they are.

    Units: fen.
    """

    borrower_ids: frozenset[int]
    sums: frozenset[int]
    last_id: int
    is_anybodys: bool = False

    def could_be_of(self, plan: Plan, stands: PlanStanding) -> bool:
        """Tell whether some of it could be a plan's: its borrower's, or just what it asks for."""
        if self.is_anybodys or plan.borrower_id in self.borrower_ids:
            return True
        missed = [one for one in stands.instalments if one.state == "missed"]
        asks = {sum(one.left_fen for one in missed), *(one.left_fen for one in missed)}
        asks |= {one.amount_fen for one in missed}
        return not self.sums.isdisjoint({*asks, stands.due_fen, stands.payoff_fen})


def unclaimed_money(session: Session, context: Context) -> UnclaimedMoney:
    """Return whose the money could be that is received and not matched yet. While a file of
    repayments comes in it could be anybody's.

    Source: rules part 1, how a signed plan is kept: broken.
    """
    is_reading = select(exists().where(StatementFile.state == "reading"))
    count, last_id = session.execute(
        select(func.count(), func.coalesce(func.max(Payment.id), 0)).where(*_UNCLAIMED)
    ).one()
    if session.scalar(is_reading) or count > MOST:
        log.warning("money could be anybody's", unmatched=count)
        return UnclaimedMoney(frozenset(), frozenset(), last_id, is_anybodys=True)
    plans: set[str] = set()
    loans: set[str] = set()
    sums: set[int] = set()
    for payment in session.scalars(select(Payment).where(*_UNCLAIMED)).all():
        ends = likely_ends(session, context, payment=payment)
        for one in ends:
            (plans if one.destination.kind == "plan" else loans).add(one.destination.ref)
        if not ends:
            sums.add(payment.fen)
    return UnclaimedMoney(_borrowers(session, plans, loans), frozenset(sums), last_id)


def came_since(session: Session, *, last_id: int) -> bool:
    """Tell whether money that nobody has claimed came after a payment."""
    newer = select(Payment.id).where(*_UNCLAIMED, Payment.id > last_id).limit(1)
    return session.scalar(newer) is not None


def _borrowers(session: Session, plans: Collection[str], loans: Collection[str]) -> frozenset[int]:
    of_plans = select(Plan.borrower_id).where(Plan.number.in_(plans))
    of_loans = select(Loan.borrower_id).where(Loan.ref.in_(loans))
    return frozenset([*session.scalars(of_plans), *session.scalars(of_loans)])
