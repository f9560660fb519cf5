"""One due date of a running plan is moved by its borrower: once in the plan's life, at no cost."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.keeping.account import Account
from app.domain.keeping.date_changing import DateChangeOver, DateChosen, chosen_date, moved_day
from app.domain.states import KEPT_PLANS
from app.models import Agreement, DateChange, Plan, PlanVersion
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import transaction
from app.services.keeping.accounts import SignedPlan, accounts_for
from app.services.servicing.date_change_queries import limits_of
from app.services.upholding.following import follow


def change_date(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    agreement: str,
    number: int,
    due_on: date,
    request_key: str,
) -> None:
    """Move a number (0 is the first payment) of all loans of a plan to a day, or to the working day
    after it; `agreement` is the agreement's number.

    What was written of the old day is not sent any more (ADR 0039).
    Idempotent on: request_key for one plan.
    Raises: NotFound, also for an agreement of someone else; DateChangeUsed, DateChangeInCure,
            DateChangeOver, DateChangeNoRoom; InstalmentNotMovable; DateOutside; KeyReused.
    Source: rules part 1, first payment and date change.
    """
    with transaction(session):
        # A double tap waits here: of two at once the second finds what the first did.
        signed = _locked(session, borrower_id=borrower_id, agreement=agreement)
        account = accounts_for(session, signed=(signed,))[signed.plan.id].account
        # A key comes from a browser: it is this plan's, whatever others send.
        key = f"{signed.plan.public_id}:{request_key}"
        if _was_made(session, account, key=key, number=number, due_on=due_on):
            return
        if signed.plan.state not in KEPT_PLANS:
            raise DateChangeOver
        chosen = chosen_date(
            account,
            context.today,
            limits=limits_of(session, account=account),
            number=number,
            due_on=due_on,
        )
        _keep(session, context, signed, chosen, key=key)
        follow(session, context, plan_ids=[signed.plan.id])


def _locked(session: Session, *, borrower_id: int, agreement: str) -> SignedPlan:
    mine = (
        select(PlanVersion.plan_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Agreement.number == agreement, Plan.borrower_id == borrower_id)
    )
    plan_id = session.scalar(mine)
    if plan_id is None:
        raise NotFound
    plan = session.get_one(Plan, plan_id, with_for_update=True, populate_existing=True)
    book = (
        select(PlanVersion, Agreement.signed_at, Agreement.number)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(PlanVersion.id == plan.active_version_id)
    )
    version, signed_at, number = session.execute(book).one()
    if number != agreement:
        # Another agreement has taken its place.
        raise DateChangeOver
    return SignedPlan(plan, version, signed_at)


def _was_made(session: Session, account: Account, *, key: str, number: int, due_on: date) -> bool:
    made = session.scalars(select(DateChange).where(DateChange.request_key == key)).one_or_none()
    if made is None:
        return False
    is_near = made.from_on < due_on <= made.due_on
    is_same = is_near and moved_day(account, due_on) == made.due_on
    if made.number != number or not is_same:
        raise KeyReused
    return True


def _keep(
    session: Session, context: Context, signed: SignedPlan, chosen: DateChosen, *, key: str
) -> None:
    session.add(
        DateChange(
            plan_id=signed.plan.id,
            number=chosen.number,
            from_on=chosen.from_on,
            due_on=chosen.due_on,
            at=context.now,
            actor=context.actor.who,
            request_key=key,
        )
    )
    session.flush()
    audit.record(
        session,
        context,
        action="plan.date_changed",
        object_kind="plan_version",
        object_id=signed.version.public_id,
        before={"number": chosen.number, "due_on": chosen.from_on.isoformat()},
        after={"number": chosen.number, "due_on": chosen.due_on.isoformat()},
    )
