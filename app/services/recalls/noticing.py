"""A file changed what is owed under an approved plan that is not signed yet: noticed, put on the
desk's list, told to its borrower where signing waits for it.
"""

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.plan_terms import read_terms
from app.models import Case, Loan, PlanLoan, PlanVersion
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.loans.changed_figures import are_known, changed_in, changed_loans
from app.services.loans.figures import Figures, figures_where
from app.services.outbox.queue import written_before
from app.services.plans.expiring import is_past
from app.services.plans.steps import LockedVersion, lock_version, tell_borrower

ACTOR = Actor("job:figures")


class _Offer(NamedTuple):
    version: PlanVersion
    is_marked: bool


def notice_changed_figures(session: Session, context: Context, *, limit: int) -> int:
    """Look at the offers that wait for a signature, `limit` at a time, and put on record whose
    figures changed and whose are again as they were; return of how many that is new.

    Where less is owed its borrower is told by SMS, once a version: signing waits (ADR 0022). Where
    more is, the lender stands by its offer, and the page says so.
    Idempotent on: the version and whether its figures changed.
    Source: product, states; rules part 1, pages compute for today.
    """
    done, last = 0, 0
    while True:
        found = _page(session, context, last, limit)
        last = found[-1].version.id if found else last
        for version in _turned(session, context, found):
            done += _notice(session, context, version)
        if len(found) < limit:
            return done


def _page(session: Session, context: Context, last: int, limit: int) -> list[_Offer]:
    """Offers that stand, in the order of their rows."""
    query = (
        select(PlanVersion, Case.figures_changed_at)
        .join(Case, Case.plan_id == PlanVersion.plan_id)
        .where(PlanVersion.state == "approved", PlanVersion.valid_until_at >= context.now)
        .where(PlanVersion.id > last)
        .order_by(PlanVersion.id)
        .limit(limit)
    )
    return [_Offer(one, marked is not None) for one, marked in session.execute(query)]


def _turned(session: Session, context: Context, offers: list[_Offer]) -> list[str]:
    """Return the versions whose mark is not as their figures are: three queries however many,
    without a lock.
    """
    plans = [one.version.plan_id for one in offers]
    rows = session.execute(
        select(PlanLoan.plan_id, PlanLoan.loan_id).where(PlanLoan.plan_id.in_(plans))
    ).all()
    policy, mine = active_policy(session)[1], Loan.id.in_([loan_id for _plan, loan_id in rows])
    found = figures_where(session, mine, policy=policy, today=context.today)
    by_id = {one.loan.id: one for one in found}
    of: dict[int, list[Figures]] = defaultdict(list)
    for plan_id, loan_id in rows:
        of[plan_id].append(by_id[loan_id])
    return [
        one.version.public_id
        for one in offers
        if are_known(each.loan for each in of[one.version.plan_id])
        and bool(changed_in(read_terms(one.version.terms), of[one.version.plan_id]))
        != one.is_marked
    ]


def _notice(session: Session, context: Context, version: str) -> bool:
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version)
        if locked.version.state != "approved" or is_past(locked) or not are_known(locked.loans):
            return False  # signed, changed or over between the list and the lock
        policy, marked = locked.policy, locked.case.figures_changed_at is not None
        changed = changed_loans(session, terms=locked.terms, loans=locked.loans, policy=policy)
        if bool(changed) == marked:
            return False  # another host was first
        locked.case.figures_changed_at = context.now if changed else None
        if any(one.less_fen > 0 for one in changed):
            _tell(session, context, locked)
        session.flush()
        audit.record(
            session,
            context.by(ACTOR),
            action="plan.figures_changed" if changed else "plan.figures_back",
            object_kind="plan_version",
            object_id=version,
            before={"owed_fen": {one.loan: one.then_fen for one in changed}},
            after={"owed_fen": {one.loan: one.now_fen for one in changed}},
        )
    return True


def _tell(session: Session, context: Context, locked: LockedVersion) -> None:
    key = f"plan-figures:{locked.version.public_id}"
    if written_before(session, key=key) is None:
        tell_borrower(session, context, locked=locked, template="plan_figures", key=key, values={})
