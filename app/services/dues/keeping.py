"""The pass of the job that keeps dues: plans to which something was posted are read anew, and the
sums by day are changed by the difference.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, tuple_, union
from sqlalchemy.orm import Session

from app.domain.keeping.standing import standing
from app.models import DateChange, DuesDay, DuesLine, DuesPass, Journal, Loan, PlanLoan
from app.models.finance import DUES_SUMMED
from app.services.core.context import Context
from app.services.core.transaction import line_up, transaction
from app.services.dues.lines import DuesKey, DuesSums, Lines, lines_of
from app.services.keeping.readable import readable_accounts

# What was posted by whoever was at work when a pass began is looked at by the next one too.
OVERLAP = timedelta(hours=1)
MARK = "d" * 15


class Kept(NamedTuple):
    """How many plans were read anew, and whether the pass is over."""

    plans: int
    is_over: bool


def keep_dues(session: Session, context: Context, *, limit: int) -> Kept:
    """Read up to `limit` plans anew that something was posted to, or whose dates changed, since the
    pass before the last; the pass goes on where it was, and the first one reads all.

    Idempotent on: the facts; of two at once one waits.
    Source: ADR 0085.
    """
    with transaction(session):
        line_up(session, MARK)
        one = _pass(session, context)
        plans = _changed(session, one, limit)
        _write(session, context, plans)
        one.plans += len(plans)
        is_over = len(plans) < limit
        if is_over:
            one.ended_at = context.now
        else:
            one.after_plan_id = plans[-1]
        session.flush()
        return Kept(len(plans), is_over)


def _pass(session: Session, context: Context) -> DuesPass:
    """The pass that runs, or a new one."""
    last = session.scalars(select(DuesPass).order_by(DuesPass.id.desc()).limit(1)).one_or_none()
    if last is not None and last.ended_at is None:
        return last
    new = DuesPass(
        began_at=context.now,
        after_journal_id=_before(session, Journal, Journal.posted_at, last),
        after_change_id=_before(session, DateChange, DateChange.at, last),
        after_plan_id=0,
        plans=0,
    )
    session.add(new)
    session.flush()
    # Only as of when dues are is ever asked.
    session.execute(delete(DuesPass).where(DuesPass.id < new.id, DuesPass.id != _id(last)))
    return new


def _id(last: DuesPass | None) -> int:
    return last.id if last is not None else 0


def _before(session: Session, table: Any, at: Any, last: DuesPass | None) -> int:
    """The last row that was certainly there when the pass before began."""
    if last is None:
        return 0
    until: datetime = last.began_at - OVERLAP
    query = select(table.id).where(at <= until).order_by(table.id.desc()).limit(1)
    return session.scalar(query) or 0


def _changed(session: Session, one: DuesPass, limit: int) -> list[int]:
    posted = select(Journal.plan_id).where(
        Journal.id > one.after_journal_id,
        Journal.plan_id > one.after_plan_id,
        Journal.sealed_at.is_not(None),
    )
    moved = select(DateChange.plan_id).where(
        DateChange.id > one.after_change_id, DateChange.plan_id > one.after_plan_id
    )
    both = union(posted, moved).subquery()
    query = select(both.c.plan_id).order_by(both.c.plan_id).limit(limit)
    return list(session.scalars(query))


def _write(session: Session, context: Context, plans: Collection[int]) -> None:
    before, now = _stored(session, plans), _computed(session, context, plans)
    changes: dict[DuesKey, DuesSums] = defaultdict(DuesSums)
    gone, new = [], []
    for plan_id in plans:
        was, is_now = before.get(plan_id, {}), now.get(plan_id, {})
        for key in was.keys() | is_now.keys():
            old, sums = was.get(key, DuesSums()), is_now.get(key, DuesSums())
            if old == sums:
                continue
            changes[key] = changes[key].plus(sums.plus(old, -1))
            if key in was:
                gone.append((plan_id, *key))
            if any(sums):
                new.append({"plan_id": plan_id, **key._asdict(), **sums._asdict()})
    if gone:
        line = tuple_(DuesLine.plan_id, DuesLine.due_on, DuesLine.product)
        session.execute(delete(DuesLine).where(line.in_(gone)))
    if new:
        session.execute(insert(DuesLine), new)
    _add_up(session, changes)


def _stored(session: Session, plans: Collection[int]) -> dict[int, dict[DuesKey, DuesSums]]:
    found: dict[int, dict[DuesKey, DuesSums]] = defaultdict(dict)
    sums = [getattr(DuesLine, name) for name in DUES_SUMMED]
    query = select(DuesLine.plan_id, DuesLine.due_on, DuesLine.product, *sums)
    for plan_id, due_on, product, *fen in session.execute(query.where(DuesLine.plan_id.in_(plans))):
        found[plan_id][DuesKey(due_on, product)] = DuesSums(*fen)
    return found


def _computed(session: Session, context: Context, plans: Collection[int]) -> Mapping[int, Lines]:
    accounts = readable_accounts(session, plan_ids=plans)
    query = (
        select(Loan.ref, Loan.product)
        .join(PlanLoan, PlanLoan.loan_id == Loan.id)
        .where(PlanLoan.plan_id.in_(plans))
    )
    products = {ref: product for ref, product in session.execute(query)}
    return {
        plan_id: lines_of(account, standing(account, context.today), products)
        for plan_id, account in accounts.items()
    }


def _add_up(session: Session, changes: Mapping[DuesKey, DuesSums]) -> None:
    """Add differences to the days: this job alone writes them, one at a time."""
    keys = [key for key, sums in changes.items() if any(sums)]
    for chunk in _chunks(sorted(keys)):
        day = tuple_(DuesDay.due_on, DuesDay.product)
        stored = {
            DuesKey(one.due_on, one.product): one
            for one in session.scalars(select(DuesDay).where(day.in_(chunk)))
        }
        for key in chunk:
            row, sums = stored.get(key), changes[key]
            if row is None:
                session.add(DuesDay(**key._asdict(), **sums._asdict()))
                continue
            for name, fen in sums._asdict().items():
                setattr(row, name, getattr(row, name) + fen)
        session.flush()


def _chunks(keys: list[DuesKey], size: int = 400) -> Iterable[list[DuesKey]]:
    for place in range(0, len(keys), size):
        yield keys[place : place + size]
