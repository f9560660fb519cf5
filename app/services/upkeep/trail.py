"""What the audit trail tells of plans, held against what is stored: a change without an entry
shows. Reads only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.domain.policy import VERDICT_REASONS
from app.domain.states import LENDER
from app.models import (
    Agreement,
    AuditEntry,
    Borrower,
    Decision,
    FormerBorrower,
    Plan,
    PlanVersion,
    Verdict,
)

BATCH = 500
SUBMITTED, SIGNED, WRITTEN = "plan.submitted", "plan.signed", "plan.counter_written"
# What an entry of a version may tell; columns that no entry names are not held against the trail.
VERSION = (
    "state",
    "total_fen",
    "terms_sha256",
    "policy_version",
    "decided_at",
    "valid_until_at",
    "moved_months",
    "not_before_on",
    "ended_at",
)
AGREEMENT = ("agreement", "signed_at", "text_sha256", "pdf_sha256", "stamp", "stamped_at")
# An upheld refusal is stored as a refusal of the second round.
ANSWERS = {"plan.approved": "approve", "plan.refused": "refuse", "plan.upheld": "refuse"}


def untold_changes(session: Session) -> Iterator[str]:
    """Yield every version whose stored row, answers, verdict or agreement are not what its entries
    tell.

    Source: quality I9: each business change has an entry of its own.
    """
    # First what is gone altogether: the query below starts from the tables and cannot miss it.
    yield from _gone(session)
    query = (
        select(
            PlanVersion.id,
            PlanVersion.public_id,
            PlanVersion.author_kind,
            PlanVersion.submitted_at,
            *(getattr(PlanVersion, name) for name in VERSION),
            Plan.number.label("plan"),
            Plan.state.label("plan_state"),
            Borrower.id.label("borrower_id"),
            Borrower.public_id.label("borrower"),
            Agreement.number.label("agreement"),
            Agreement.signed_at,
            Agreement.text_sha256,
            Agreement.pdf_sha256,
            Agreement.stamp,
            Agreement.stamped_at,
        )
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .outerjoin(Agreement, Agreement.version_id == PlanVersion.id)
        .order_by(PlanVersion.id)
    )
    # In parts, so that memory stays flat however many years are stored.
    for rows in session.execute(query.execution_options(yield_per=BATCH)).partitions():
        yield from _batch(session, rows)


def _gone(session: Session) -> Iterator[str]:
    stored = select(PlanVersion.id).where(PlanVersion.public_id == AuditEntry.object_id)
    gone = select(AuditEntry.object_id).where(AuditEntry.action == SUBMITTED, ~stored.exists())
    yield from (f"{version}: in the trail, not in the tables" for version in session.scalars(gone))


def _batch(session: Session, rows: Sequence[Row[Any]]) -> Iterator[str]:
    ids = [row.id for row in rows]
    plans = _trails(session, "plan", [row.plan for row in rows])
    trails = _trails(session, "plan_version", [row.public_id for row in rows])
    answers, reasons = _answers(session, ids), _reasons(session, ids)
    former = _former(session, {row.borrower_id for row in rows})

    for row in rows:
        steps = trails[row.public_id]
        yield from _untold(row, steps, {row.borrower, *former[row.borrower_id]})
        # An approval by the policy has no decision row (ADR 0013).
        given = [
            ANSWERS[one.action]
            for one in steps
            if one.action in ANSWERS and one.actor.startswith("staff:")
        ]
        if given != answers[row.id]:
            yield f"{row.public_id}: answers {answers[row.id]}, told {given}"
        if _reasons_told(steps) not in (None, reasons.get(row.id)):
            yield f"{row.public_id}: its verdict is not the one that was told"
        # A version that was changed is history: the plan goes by the one in its place.
        # So is a counter-offer that was never put forward.
        is_history = row.state == "superseded" or row.submitted_at is None
        if not is_history and row.plan_state not in (
            row.state,
            _told(plans[row.plan]).get("state", "active"),
        ):
            yield f"{row.plan}: {row.plan_state}, nothing told of it"


def _former(session: Session, borrower_ids: Collection[int]) -> dict[int, set[str]]:
    """By borrower the public ids of rows that were folded into theirs: what they did is theirs."""
    found: dict[int, set[str]] = defaultdict(set)
    query = select(FormerBorrower.borrower_id, FormerBorrower.public_id)
    for owner, public_id in session.execute(
        query.where(FormerBorrower.borrower_id.in_(borrower_ids))
    ):
        found[owner].add(public_id)
    return found


def _untold(row: Row[Any], steps: Sequence[Row[Any]], borrower: Collection[str]) -> Iterator[str]:
    """Entries that follow one another, from the borrower's submission, or from what staff wrote, to
    what is stored now.
    """
    actors = {f"borrower:{public_id}" for public_id in borrower}
    if row.author_kind == LENDER:
        if not steps or steps[0].action != WRITTEN or not steps[0].actor.startswith("staff:"):
            yield f"{row.public_id}: no entry of who wrote it"
            return
    elif not steps or steps[0].action != SUBMITTED or steps[0].actor not in actors:
        yield f"{row.public_id}: no entry of its borrower's submission"
        return

    state = None
    for one in steps:
        if one.after and "state" in one.after:
            # Each entry names where it started from: one that was taken out leaves a gap.
            if (one.before or {}).get("state") != state:
                yield f"{row.public_id}: an entry before {one.action} is missing"
            state = one.after["state"]

    told = _told(steps)
    names = VERSION if row.agreement is None else VERSION + AGREEMENT
    for name in names:
        stored = getattr(row, name)
        # Neither told nor stored is fine: columns that came with a later release are empty in old
        # rows.
        if told.get(name) != stored and (name in told or stored):
            yield f"{row.public_id}: {name} is not as told"


def _told(steps: Sequence[Row[Any]]) -> dict[str, Any]:
    """What the entries come to, one upon the other; instants and days as rows have
    them."""
    told: dict[str, Any] = {}
    for one in steps:
        # Later entries win, so the result is what should be stored now.
        told |= one.after or {}
        if one.action == SIGNED:
            told["signed_at"] = one.at.isoformat()

    return {name: _read(name, value) for name, value in told.items()}


def _read(name: str, value: Any) -> Any:
    """An instant or a day as the row has it."""
    if value and name.endswith("_at"):
        return datetime.fromisoformat(value)
    if value and name.endswith("_on"):
        return date.fromisoformat(value)
    return value


def _reasons_told(steps: Sequence[Row[Any]]) -> set[str] | None:
    """Why it needed a person; of what the policy approved by itself no rule was broken; None where
    nothing is told.
    """
    if any(one.actor.startswith("policy:") for one in steps):
        return set()
    found = next(
        (one.after["reasons"] for one in steps if one.after and "reasons" in one.after), None
    )
    return None if found is None else set(found)


def _trails(session: Session, kind: str, ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    query = select(
        AuditEntry.object_id,
        AuditEntry.action,
        AuditEntry.actor,
        AuditEntry.before,
        AuditEntry.after,
        AuditEntry.at,
    ).where(AuditEntry.object_kind == kind, AuditEntry.object_id.in_(ids))
    found = defaultdict(list)
    of_plans = query.where(AuditEntry.action.like("plan.%")).order_by(AuditEntry.seq)

    for one in session.execute(of_plans):
        found[one.object_id].append(one)

    return found


def _answers(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    found = defaultdict(list)
    query = select(Decision.version_id, Decision.answer).where(Decision.version_id.in_(ids))
    for version, answer in session.execute(query.order_by(Decision.version_id, Decision.round)):
        found[version].append(answer)
    return found


def _reasons(session: Session, ids: Sequence[int]) -> dict[int, set[str]]:
    """By version the reasons of the rules it broke; a version without a verdict is left out."""
    found: dict[int, set[str]] = defaultdict(set)
    query = select(Verdict.version_id, Verdict.rule, Verdict.held).where(
        Verdict.version_id.in_(ids)
    )
    for version, rule, held in session.execute(query):
        found[version] |= set() if held else {VERDICT_REASONS[rule]}
    return found
