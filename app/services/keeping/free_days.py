"""Days on which nothing accrues on the contracts of broken plans, since another plan was proposed
on them. Never commits.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.domain.calendar import beijing_date
from app.domain.pauses import Pause, merged
from app.models import PlanLoan, PlanVersion

# Who asks for it on any day: still open, or signed, from when on that plan is the book.
NO_END = date.max


def pauses_of(
    session: Session, *, plan_ids: Collection[int]
) -> Mapping[tuple[int, int], tuple[Pause, ...]]:
    """Return, by broken plan and loan, the days since its signature on which another plan was
    proposed on the loan; without an end while it is open or once it is signed. One query, none
    without plans.

    Source: rules part 1, nothing accrues from a submission to the end of the version.
    """
    if not plan_ids:
        return {}
    other = aliased(PlanLoan)
    query = (
        select(PlanLoan.plan_id, PlanLoan.loan_id, PlanVersion.start_on, PlanVersion.ended_at)
        .join(other, other.loan_id == PlanLoan.loan_id)
        .join(PlanVersion, PlanVersion.plan_id == other.plan_id)
        .where(PlanLoan.plan_id.in_(plan_ids), other.plan_id > PlanLoan.plan_id)
        .where(PlanVersion.submitted_at.is_not(None))
    )
    found: dict[tuple[int, int], list[Pause]] = defaultdict(list)
    for plan_id, loan_id, start_on, ended_at in session.execute(query):
        until_on = beijing_date(ended_at) if ended_at else NO_END
        found[plan_id, loan_id].append(Pause(start_on, until_on))
    return {key: merged(each) for key, each in found.items()}
