"""The nightly round over plans whose cure is over: the break goes on record, each plan in a
transaction of its own.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.keeping.account import Account, Told
from app.domain.keeping.may_break import what_keeps
from app.domain.keeping.owed_again import CameBack, owed_again
from app.domain.keeping.standing import PlanStanding, standing
from app.models import Plan, PlanLoan, PlanNotice
from app.services.breaks.unclaimed_queries import UnclaimedMoney, came_since, unclaimed_money
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import line_up_at_loans, transaction
from app.services.keeping.readable import readable_accounts
from app.services.upholding.following import follow, follow_read
from app.services.upholding.matters import open_matter

ACTOR = Actor("job:keeping")
# A notice that nobody received after so many days is a person's.
UNHEARD_DAYS = 3
PART = 200


def break_plans(session: Session, context: Context, *, limit: int) -> int:
    """Record the break of up to `limit` plans whose cure is over, and return of how many. None is
    broken while a file lacks for the day before, or money that could be its own is received and not
    matched. What no rule decides is opened for a person.

    Idempotent: safe twice, on two hosts and after a kill, for each plan is looked at under its lock
    and broken once.
    Source: rules part 1, how a signed plan is kept: broken, after a break, missed.
    """
    context = context.by(ACTOR)
    done = 0
    unclaimed: UnclaimedMoney | None = None
    for plan_id in _candidates(session):
        if done >= limit:
            break
        with transaction(session):
            _see_who_heard(session, context, plan_id)
            found = _ready(session, context, plan_id)
        if found is None:
            continue
        if unclaimed is None:
            unclaimed = unclaimed_money(session, context)
            session.rollback()
        with transaction(session):
            done += _break(session, context, plan_id, unclaimed)
    session.rollback()
    return done


def _candidates(session: Session) -> Iterator[int]:
    """Plans that are to be mended, some at a time, in their order."""
    last = 0
    while True:
        query = select(Plan.id).where(Plan.state == "in_cure", Plan.id > last)
        found = session.scalars(query.order_by(Plan.id).limit(PART)).all()
        session.rollback()
        yield from found
        if len(found) < PART:
            return
        last = found[-1]


def _ready(
    session: Session, context: Context, plan_id: int
) -> tuple[Plan, Account, PlanStanding] | None:
    """Lock a plan whose cure is over, with where it stands; None where something keeps it."""
    loans = select(PlanLoan.loan_id).where(PlanLoan.plan_id == plan_id)
    line_up_at_loans(session, loan_ids=loans)
    plan = session.get_one(Plan, plan_id, with_for_update=True, populate_existing=True)
    if plan.state != "in_cure":
        return None
    read = readable_accounts(session, plan_ids=[plan_id])
    account = follow_read(session, context, plans=[plan], accounts=read).get(plan_id)
    if account is None or plan.state != "in_cure":
        return None
    stands = standing(account, context.today)
    keeps = what_keeps(account, stands, context.today)
    if keeps == "last_part" and stands.notice_on:
        cause = _notice_of(session, plan_id, stands.notice_on).public_id
        open_matter(session, context, plan=plan, kind="last_part", cause=cause)
    return None if keeps else (plan, account, stands)


def _see_who_heard(session: Session, context: Context, plan_id: int) -> None:
    """A notice that was not received starts no clock: after some days a person looks."""
    late = context.today - timedelta(days=UNHEARD_DAYS)
    unheard = select(PlanNotice).where(
        PlanNotice.plan_id == plan_id,
        PlanNotice.kind == "notice",
        PlanNotice.received_on.is_(None),
        PlanNotice.taken_back_at.is_(None),
        PlanNotice.sent_on <= late,
    )
    for one in session.scalars(unheard):
        plan = session.get_one(Plan, plan_id)
        open_matter(session, context, plan=plan, kind="unheard", cause=one.public_id)


def _notice_of(session: Session, plan_id: int, sent_on: date) -> PlanNotice:
    mine = PlanNotice.plan_id == plan_id, PlanNotice.kind == "notice"
    return session.scalars(select(PlanNotice).where(*mine, PlanNotice.sent_on == sent_on)).one()


def _break(session: Session, context: Context, plan_id: int, unclaimed: UnclaimedMoney) -> bool:
    found = _ready(session, context, plan_id)
    # Another host may have been first, and money may have come meanwhile.
    if found is None or came_since(session, last_id=unclaimed.last_id):
        return False
    plan, account, stands = found
    if unclaimed.could_be_of(plan, stands):
        return False
    notice = PlanNotice(
        plan_id=plan_id,
        kind="break",
        sent_on=context.today,
        at=context.now,
        told=_told(account, stands, context.today),
    )
    session.add(notice)
    session.flush()
    audit.record(
        session,
        context,
        action="break.recorded",
        object_kind="plan",
        object_id=plan.number,
        after={"sent_on": context.today.isoformat(), "due_fen": notice.told["due_fen"]},
    )
    follow(session, context, plan_ids=[plan_id])
    open_matter(session, context, plan=plan, kind="broken", cause=notice.public_id)
    return True


def _told(account: Account, stands: PlanStanding, today: date) -> dict[str, Any]:
    """What is told of a break: what was missed, and what the contracts ask from then on, in fen."""
    broken = replace(account, told=(*account.told, Told("break", today)))
    again = owed_again(broken, today)
    missed = [one for one in stands.instalments if one.state == "missed"]
    lines = again.lines if again else ()
    return {
        "missed": sorted({one.number for one in missed if not one.is_regular}),
        "missed_fen": sum(one.left_fen for one in missed),
        "cure_until": stands.cure_until.isoformat() if stands.cure_until else None,
        "due_fen": sum(one.due_fen for one in lines),
        "loans": [_line(one) for one in lines],
    }


def _line(one: CameBack) -> dict[str, Any]:
    return {
        "ref": one.ref,
        "start_fen": one.start.total,
        "passed_fen": one.passed_fen,
        "laid_fen": one.laid.total,
        "off_fen": one.off.total,
        "due_fen": one.due_fen,
    }
