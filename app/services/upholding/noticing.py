"""The nightly round over kept plans: who missed enough is told. Each plan in a transaction of its
own.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.keeping.may_break import is_last_part_alone
from app.domain.keeping.standing import PlanStanding, standing
from app.domain.states import KEPT_PLANS
from app.models import Agreement, DueDate, Plan, PlanNotice, PlanRound
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.keeping.accounts import covered_until
from app.services.keeping.readable import readable_accounts
from app.services.outbox.occasions import Occasion
from app.services.upholding.following import follow, follow_read
from app.services.upholding.matters import open_matter
from app.services.upholding.telling import tell

ACTOR = Actor("job:keeping")
# A due date and its grace move at most over the longest holidays.
MOVED_DAYS = 20
# Plans of which nothing fell due are looked at in turn, each once in so many days.
ROTATION_DAYS = 30
PART = 200


def look_at_kept_plans(session: Session, context: Context, *, limit: int) -> int:
    """Look at up to `limit` kept plans that were not looked at since money up to a later day is on
    record, and return how many; who missed enough gets a notice. Safe twice, on two hosts and after
    a kill: a plan is looked at in its own transaction, under its lock.

    Before the first file of repayments nothing is looked at: a day that no file covers breaks
    nobody.
    Source: rules part 1, how a signed plan is kept: missed, broken.
    """
    covered = covered_until(session)
    if covered is None:
        return 0
    context = context.by(ACTOR)
    # What is paid today may still come, whatever a file says.
    until = min(covered, context.today - timedelta(days=1))
    done = 0
    while done < limit:
        rows = session.execute(_waiting(until, min(PART, limit - done))).all()
        session.rollback()
        if not rows:
            break
        with transaction(session):
            _note(session, (plan_id for plan_id, is_due in rows if not is_due), until)
        for plan_id, is_due in rows:
            if is_due:
                with transaction(session):
                    _look(session, context, plan_id, until)
        done += len(rows)
    return done


def _waiting(until: date, most: int) -> Select[int, bool]:
    """Kept plans to look at, and whether something may have happened to each."""
    fell_due = exists().where(
        Agreement.version_id == Plan.active_version_id,
        DueDate.agreement_id == Agreement.id,
        # Of what fell due longer ago the round before has seen the end of the grace.
        DueDate.due_on.between(until - timedelta(days=MOVED_DAYS + ROTATION_DAYS), until),
    )
    in_turn = Plan.id % ROTATION_DAYS == until.toordinal() % ROTATION_DAYS
    is_due = or_(PlanRound.until_on.is_(None), Plan.state == "in_cure", in_turn, fell_due)
    return (
        select(Plan.id, is_due)
        .outerjoin(PlanRound, PlanRound.plan_id == Plan.id)
        .where(
            Plan.state.in_(KEPT_PLANS),
            or_(PlanRound.until_on.is_(None), PlanRound.until_on < until),
        )
        .order_by(Plan.id)
        .limit(most)
    )


def _note(session: Session, plan_ids: Iterable[int], until: date) -> None:
    """Put on record up to which day plans were looked at."""
    ids = sorted(plan_ids)
    known = {
        one.plan_id: one
        for one in session.scalars(select(PlanRound).where(PlanRound.plan_id.in_(ids)))
    }
    for plan_id in ids:
        if plan_id in known:
            known[plan_id].until_on = until
        else:
            session.add(PlanRound(plan_id=plan_id, until_on=until))


def _look(session: Session, context: Context, plan_id: int, until: date) -> None:
    plan = session.get_one(Plan, plan_id, with_for_update=True)
    # One that cannot be read is told in the log and found by the nightly proof: it hides no other.
    read = readable_accounts(session, plan_ids=[plan_id])
    account = follow_read(session, context, plans=[plan], accounts=read).get(plan_id)
    # Another host may have looked meanwhile, and what it told is on record by now.
    if account and plan.state in KEPT_PLANS and standing(account, until).asks_notice:
        today = standing(account, context.today)
        if today.asks_notice and is_last_part_alone(account, today):
            # Its words send no notice for that: a person does, or finds another way.
            cause = f"last:{plan.public_id}"
            open_matter(session, context, plan=plan, kind="last_part", cause=cause)
        elif today.asks_notice:
            _send_notice(session, context, plan, today)
            follow(session, context, plan_ids=[plan_id])
    _note(session, [plan_id], until)


def _send_notice(session: Session, context: Context, plan: Plan, stands: PlanStanding) -> None:
    notice = PlanNotice(
        plan_id=plan.id,
        kind="notice",
        sent_on=context.today,
        at=context.now,
        told=_told(stands, context.today),
    )
    session.add(notice)
    session.flush()
    audit.record(
        session,
        context,
        action="notice.sent",
        object_kind="plan",
        object_id=plan.number,
        after={"sent_on": context.today.isoformat(), **notice.told},
    )
    tell(
        session,
        context,
        plan=plan,
        template="plan_noticed",
        key=f"notice:{notice.public_id}",
        about=Occasion("notice", notice.public_id),
    )


def _told(stands: PlanStanding, today: date) -> dict[str, Any]:
    """Return what the notice says: which numbers are open after their grace, and the sum that
    mends the plan, in fen.
    """
    missed = [one for one in stands.instalments if one.state == "missed"]
    return {
        "numbers": sorted({one.number for one in missed if not one.is_regular}),
        "due_on": min(one.due_on for one in missed).isoformat(),
        "missed_fen": sum(one.left_fen for one in missed),
        "as_of": today.isoformat(),
    }
