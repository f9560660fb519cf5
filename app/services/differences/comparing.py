"""After each nightly file the job holds the ledger against it, some plans with one commit."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.orm import Session

from app.domain.allocation import Components
from app.domain.ledger.entries import RECEIVABLES, on_its_side
from app.domain.states import COMPLETED, KEPT_PLANS
from app.models import (
    DifferenceDay,
    FileDifference,
    Journal,
    LedgerEntry,
    Loan,
    LoanSnapshot,
    NightlyFile,
    Plan,
    PlanLoan,
)
from app.services.core.context import Context
from app.services.core.transaction import line_up, transaction
from app.services.differences.explaining import Explained, explained
from app.services.keeping.readable import readable_accounts

MARK = "e" * 15
# Of a completed plan, too, the file may still ask something.
COMPARED = KEPT_PLANS | {COMPLETED, "broken"}
# So many days of files are kept whole; of older ones what was open.
KEPT_DAYS = 2
FIELDS = {"principal": 3, "interest": 2, "plan_interest": 2, "penalty": 1, "fee": 0}


class FileCompared(NamedTuple):
    """How many plans were held against the file, and whether all were."""

    plans: int
    is_over: bool


def compare_with_file(session: Session, context: Context, *, limit: int) -> FileCompared:
    """Hold up to `limit` plans against the newest file that was applied, going on where it was.

    Idempotent on: the file's day; of two at once one waits.
    Source: rules part 1, the ledger.
    """
    with transaction(session):
        line_up(session, MARK)
        day = _day(session, context)
        if day is None or day.ended_at is not None:
            return FileCompared(0, True)
        plans = _plans(session, day, limit)
        found = _found(session, plans, day.as_of_on)
        _keep(session, day, found)
        day.plans += len(plans)
        is_over = len(plans) < limit
        if is_over:
            day.ended_at = context.now
            _forget(session, day.as_of_on)
        else:
            day.after_plan_id = plans[-1]
        session.flush()
        return FileCompared(len(plans), is_over)


def _day(session: Session, context: Context) -> DifferenceDay | None:
    newest = select(func.max(NightlyFile.as_of_on)).where(NightlyFile.state == "applied")
    as_of_on = session.scalar(newest)
    if as_of_on is None:
        return None
    found = session.get(DifferenceDay, as_of_on)
    if found is None:
        found = DifferenceDay(
            as_of_on=as_of_on, began_at=context.now, after_plan_id=0, plans=0, loans=0, sums={}
        )
        session.add(found)
        session.flush()
    return found


def _plans(session: Session, day: DifferenceDay, limit: int) -> list[int]:
    query = (
        select(Plan.id)
        .where(Plan.id > day.after_plan_id, Plan.state.in_(COMPARED))
        .order_by(Plan.id)
        .limit(limit)
    )
    return list(session.scalars(query))


Found = Mapping[int, Iterable[Explained]]


def _found(session: Session, plans: Collection[int], day: date) -> Found:
    """What differs, by loan id; a loan of several plans stands in the one that has it now."""
    file, ids = _file(session, plans, day)
    ledger = _ledger(session, plans, day)
    found: dict[int, Iterable[Explained]] = {}
    for plan_id, account in readable_accounts(session, plan_ids=plans).items():
        # A plan that was signed after the file's day has nothing to say of it.
        if account.plan.signed_on <= day:
            mine = file.get(plan_id, {})
            for ref, rows in explained(account, day, ledger.get(plan_id, {}), mine).items():
                found[ids[ref]] = rows
    return found


def _file(
    session: Session, plans: Collection[int], day: date
) -> tuple[dict[int, dict[str, Components]], dict[str, int]]:
    query = (
        select(PlanLoan.plan_id, Loan.id, Loan.ref, LoanSnapshot)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .join(
            LoanSnapshot,
            and_(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on == Loan.as_of_on),
        )
        .where(PlanLoan.plan_id.in_(plans), Loan.as_of_on == day)
    )
    found: dict[int, dict[str, Components]] = defaultdict(dict)
    ids = {}
    for plan_id, loan_id, ref, told in session.execute(query):
        ids[ref] = loan_id
        found[plan_id][ref] = Components(
            told.fee_fen, told.penalty_fen, told.interest_fen, told.left_fen
        )
    return found, ids


def _ledger(
    session: Session, plans: Collection[int], day: date
) -> dict[int, dict[str, Components]]:
    """What is owed of each loan by the journals that count by the day, net of waivers earned."""
    query = (
        select(
            Journal.plan_id,
            Loan.ref,
            LedgerEntry.account,
            LedgerEntry.component,
            func.sum(LedgerEntry.fen),
        )
        .join(LedgerEntry, LedgerEntry.journal_id == Journal.id)
        .join(Loan, Loan.id == LedgerEntry.loan_id)
        .where(
            Journal.plan_id.in_(plans),
            Journal.value_on <= day,
            Journal.sealed_at.is_not(None),
            LedgerEntry.account.in_((*RECEIVABLES, "waived")),
        )
        .group_by(Journal.plan_id, Loan.ref, LedgerEntry.account, LedgerEntry.component)
    )
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for plan_id, ref, account, component, fen in session.execute(query):
        sign = -1 if account == "waived" else 1
        sums[plan_id, ref][FIELDS[component or ""]] += sign * on_its_side(account, int(fen))
    found: dict[int, dict[str, Components]] = defaultdict(dict)
    for (plan_id, ref), each in sums.items():
        found[plan_id][ref] = Components(*each)
    return found


def _keep(session: Session, day: DifferenceDay, found: Found) -> None:
    before = _before(session, day.as_of_on, found.keys())
    sums = {name: dict(each) for name, each in day.sums.items()}
    values: list[dict[str, Any]] = []
    for loan_id, rows in found.items():
        for one in rows:
            same = before.get((loan_id, one.component))
            goes_on = same is not None and same.open_fen == one.open_fen != 0
            values.append(
                {
                    "as_of_on": day.as_of_on,
                    "loan_id": loan_id,
                    "component": one.component,
                    "ledger_fen": one.ledger_fen,
                    "file_fen": one.file_fen,
                    "explained": dict(one.rules),
                    "open_fen": one.open_fen,
                    "since_on": same.since_on if same and goes_on else day.as_of_on,
                    "owner_id": same.owner_id if same and goes_on else None,
                    "owned_at": same.owned_at if same and goes_on else None,
                    "words": same.words if same and goes_on else "",
                }
            )
            mine = sums.setdefault(one.component, {})
            told = {"ledger": one.ledger_fen, "file": one.file_fen, "open": one.open_fen}
            for name, fen in {**told, **one.rules}.items():
                mine[name] = mine.get(name, 0) + fen
    if values:
        session.execute(insert(FileDifference), values)
    day.loans += len(found)
    day.sums = sums


def _before(
    session: Session, day: date, loans: Collection[int]
) -> dict[tuple[int, str], FileDifference]:
    """What was open of these loans by the file before."""
    last = select(func.max(DifferenceDay.as_of_on)).where(DifferenceDay.as_of_on < day)
    query = select(FileDifference).where(
        FileDifference.as_of_on == last.scalar_subquery(),
        FileDifference.loan_id.in_(loans),
        FileDifference.open_fen != 0,
    )
    return {(one.loan_id, one.component): one for one in session.scalars(query)}


def _forget(session: Session, day: date) -> None:
    """Of files before the last ones only what was open is kept: the rest is computed anew."""
    days = select(DifferenceDay.as_of_on).where(DifferenceDay.as_of_on <= day)
    kept = session.scalars(days.order_by(DifferenceDay.as_of_on.desc()).limit(KEPT_DAYS)).all()
    old = FileDifference.as_of_on < min(kept)
    session.execute(delete(FileDifference).where(old, FileDifference.open_fen == 0))
