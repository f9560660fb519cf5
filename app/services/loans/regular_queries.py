"""What a borrower's loans ask for month by month beside a plan: by the contract, or by their own
plan.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.schedule import schedule
from app.models import Loan
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.figures import Figures, figures_where
from app.services.loans.kept_plans import kept_plan, open_plan


@dataclass(frozen=True)
class RegularInstalment:
    """The next regular instalment of a loan.

    Units: fen.
    """

    ref: str
    product: str
    due_on: date
    amount_fen: int

    @property
    def tail(self) -> str:
        """Return the last four characters of the loan's reference."""
        return self.ref[-4:]


def regular_beside(
    session: Session, context: Context, *, borrower_id: int, planned: Collection[int]
) -> tuple[RegularInstalment, ...]:
    """Return the next instalment of each loan of a borrower that is not among the planned ones (row
    ids), the earliest first: two queries however many loans.

    A loan missing from the file is left out, and so is a sum that is paid once.
    Source: rules part 1, which loans; default policy, a loan missing from the file.
    """
    today = beijing_date(context.now)
    found = figures_where(
        session,
        Loan.borrower_id == borrower_id,
        Loan.id.not_in(planned),
        Loan.missing_since_on.is_(None),
        policy=active_policy(session)[1],
        today=today,
    )
    each = [one for figures in found if (one := _next(figures, today))]
    return tuple(sorted(each, key=lambda one: (one.due_on, one.ref)))


def by_ref(regular: Iterable[RegularInstalment]) -> dict[str, int]:
    """Return the amounts by 借据号, as a month that is told keeps them.

    Units: fen.
    """
    return {one.ref: one.amount_fen for one in regular}


def _next(figures: Figures, today: date) -> RegularInstalment | None:
    loan = figures.loan
    kept = kept_plan(figures.proposals, loan=loan.public_id, today=today)
    plan = kept or open_plan(figures.negotiation, loan=loan.public_id, today=today)
    if plan is None:
        coming = [
            (one.due_on, one.total_fen)
            for one in schedule(figures.terms)[loan.paid :]
            if one.due_on > today
        ]
    elif plan.terms.kind == "settlement":
        coming = []
    elif kept:
        # A month's instalments: the first payment comes once.
        left = (one for one in kept.payments if one.number and one.due_on > today and one.left_fen)
        coming = [(one.due_on, one.left_fen) for one in left]
    else:
        instalments = plan.terms.instalments
        coming = [(one.due_on, one.amount_fen) for one in instalments if one.due_on > today]
    return RegularInstalment(loan.ref, loan.product, *coming[0]) if coming else None
