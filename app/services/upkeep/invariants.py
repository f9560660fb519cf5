"""What must always be true, read anew from the tables: one function a promise, each naming what
breaks it. Reads only.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from itertools import chain
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.plan_terms import (
    PART_OF,
    PART_PLANNED,
    LoanInPlan,
    Moved,
    Part,
    PlannedTerms,
    parts_in,
    read_terms,
)
from app.domain.states import (
    ASKABLE,
    KEPT_PLANS,
    OPEN_VERSIONS,
    PLAN_MOVES,
    UNANSWERED,
    may_move,
    waits_for,
)
from app.domain.terms_writing import terms_sha256
from app.models import (
    Agreement,
    AuditEntry,
    AuditHead,
    Case,
    Decision,
    Loan,
    Plan,
    PlanLoan,
    PlanPart,
    PlanVersion,
    Signature,
    SignInCode,
    Staff,
    StaffRole,
)
from app.ports.gateways import Gateways
from app.services.agreements.signing import TEXT
from app.services.agreements.text import text_sha256
from app.services.closing.proving import moved_months
from app.services.core.audit import GENESIS, row_hash
from app.services.core.waiting_queries import asked_thread
from app.services.dues.proving import untrue_dues
from app.services.ledger.house_proving import untrue_house
from app.services.ledger.proving import broken_books, unequal_journals, unposted_books
from app.services.loans.successors import untrue_successors
from app.services.paying.proving import untrue_orders
from app.services.tallies.proving import loans_without_figures, uncounted_sums, unplaced_cases
from app.services.upholding.proving import untrue_breaks
from app.services.upkeep.anchoring import moved_anchors
from app.services.upkeep.attested import unattested_rows
from app.services.upkeep.behind import too_few_behind
from app.services.upkeep.callers import untrue_checks
from app.services.upkeep.paper_dates import untrue_dates
from app.services.upkeep.sealed_fields import moved_fields
from app.services.upkeep.signed_files import untrue_files, untrue_texts
from app.services.upkeep.trail import untold_changes

BATCH = 500
DECIDING = ("agent", "supervisor")
# Not dataclasses.astuple: it copies every value deeply, and a version has a hundred parts and more.
PART_VALUES = attrgetter(*(one.name for one in fields(Part)))
Check = Callable[[Session], Iterator[str]]


@dataclass(frozen=True)
class Violation:
    """A promise that does not hold, and the object that shows it: public ids and numbers only."""

    invariant: str
    what: str


def check_invariants(
    session: Session, *, gateways: Gateways, night: date | None = None
) -> tuple[tuple[str, ...], tuple[Violation, ...]]:
    """Return the promises that were checked, and every violation found; with a `night`, of the
    files of agreements and the books of plans only those are read whose turn it is.

    Source: quality B3; I6 is I27, I8 nothing stored, I10-I12 a driver outside.
    """
    checks = CHECKS | {
        "I5": lambda session: chain(
            _signatures(session),
            untrue_texts(session),
            untrue_files(session, gateways=gateways, night=night),
        ),
        "I15": lambda session: moved_fields(session, vault=gateways.vault),
        "I16": lambda session: moved_anchors(session, anchors=gateways.anchors),
        "I23": lambda session: unposted_books(session, night=night),
        "I24": lambda session: broken_books(session, night=night),
        "I27": lambda session: untrue_orders(session, payments=gateways.payments),
        "I30": lambda session: moved_months(session, night=night),
    }
    found = [Violation(name, what) for name, check in checks.items() for what in check(session)]
    return tuple(checks), tuple(found)


def _agreements(session: Session) -> Iterator[str]:
    """I2: a plan was ever active exactly where one agreement stands, over the terms of its active
    version.
    """
    query = (
        select(
            Plan.number,
            Plan.state,
            Plan.active_version_id,
            PlanVersion.id,
            PlanVersion.state,
            PlanVersion.terms,
            PlanVersion.moved_months,
            PlanVersion.not_before_on,
            Agreement.number,
            Agreement.terms_sha256,
            Agreement.text,
        )
        .select_from(Plan)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .outerjoin(Agreement, Agreement.version_id == PlanVersion.id)
        .order_by(Plan.id, PlanVersion.id)
    )
    signed: dict[str, int] = defaultdict(int)
    ever: set[str] = set()

    for row in session.execute(query.execution_options(yield_per=BATCH)):
        plan, state, active, version, version_state, terms, *moved, agreement, sha, text = row
        if state in PLAN_MOVES:
            ever.add(plan)
        if (agreement is not None) != (version_state == "signed"):
            yield f"{plan}: {version_state} with agreement {agreement}"

        if agreement is not None:
            # Counted over all versions: of a plan that was changed only the active one is in force.
            signed[plan] += active == version
            if sha != terms_sha256(terms):
                yield f"{agreement}: not over the terms of its version"
            if text.get("plan_number") != plan or _payments_in(text) != _payments_of(
                terms, Moved(*moved)
            ):
                yield f"{agreement}: its text does not tell its plan and the payments of it"

    yield from (
        f"{plan}: ever active, {signed[plan]} agreements in force"
        for plan in sorted(ever)
        if signed[plan] != 1
    )
    yield from (f"{plan}: signed, never active" for plan in sorted(signed) if plan not in ever)


def _payments_in(text: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    first = text.get("first_payment")
    rows = [*([first | {"due_on": None}] if first else []), *text.get("instalments", ())]
    return [(row["number"], row["due_on"], row["amount_fen"]) for row in rows]


def _payments_of(terms: Mapping[str, Any], moved: Moved) -> list[tuple[Any, ...]]:
    """The first payment has no date before the signature (ADR 0008)."""
    rows = read_terms(terms, moved=moved).payments
    return [
        (one.number, one.due_on.isoformat() if one.number else None, one.amount_fen) for one in rows
    ]


def _put_forward(newest: type[PlanVersion]) -> ScalarSelect[int]:
    """The newest version of a plan that the other side has seen, as part of a query."""
    mine = newest.plan_id == Plan.id, newest.submitted_at.is_not(None)
    return select(func.max(newest.id)).where(*mine).scalar_subquery()


def _states(session: Session) -> Iterator[str]:
    """I3: one current state, legal steps, and at most one open plan a loan."""
    twice = (
        select(PlanLoan.loan_id)
        .where(PlanLoan.is_open)
        .group_by(PlanLoan.loan_id)
        .having(func.count() > 1)
    )
    yield from (f"loan {loan}: several open plans" for loan in session.scalars(twice))
    # The newest version decides whether the plan is open; older ones of it are history.
    newest = aliased(PlanVersion)
    latest = _put_forward(newest)
    query = (
        select(Plan.number, Plan.state, PlanVersion.state, PlanLoan.is_open, Plan.replaces_id)
        .select_from(Plan)
        .join(PlanVersion, PlanVersion.id == latest)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        # told once a plan, unless its loans differ
        .distinct()
    )

    rows = session.execute(query.execution_options(yield_per=BATCH))
    for plan, state, version, is_open, replaces in rows:
        if state not in PLAN_MOVES and state != version:
            yield f"{plan}: {state}, its version {version}"
        # What is asked in the place of a plan that runs leaves the loans in that one.
        is_asked = version in OPEN_VERSIONS and replaces is None
        if is_open != (state in KEPT_PLANS or is_asked):
            yield f"{plan}: {state}, open {is_open}"

    steps = select(AuditEntry.object_id, AuditEntry.before, AuditEntry.after).where(
        AuditEntry.object_kind == "plan_version", AuditEntry.action.like("plan.%")
    )
    in_order = steps.order_by(AuditEntry.seq).execution_options(yield_per=BATCH)
    for version, before, after in session.execute(in_order):
        old, new = (before or {}).get("state"), (after or {}).get("state")
        # The steps are read from the trail, for the tables keep only where they led.
        if old and new and old != new and not may_move("version", old, new):
            yield f"{version}: from {old} to {new}"


def _sums(session: Session) -> Iterator[str]:
    """I4: planned, first payment and waived make up what was owed, by component; the parts are
    those of the terms.
    """
    query = (
        select(
            PlanVersion.id,
            PlanVersion.public_id,
            PlanVersion.total_fen,
            PlanVersion.terms,
            PlanVersion.terms_sha256,
            PlanVersion.start_on,
            PlanVersion.kind,
            PlanVersion.sealed_at,
            PlanVersion.plan_id,
        )
        .where(PlanVersion.state != "draft")
        .order_by(PlanVersion.id)
    )
    for rows in session.execute(query.execution_options(yield_per=BATCH)).partitions():
        stored = _stored_parts(session, [row.id for row in rows])
        covered = _covered(session, [row.plan_id for row in rows])
        for row in rows:
            # Hashed anew from what is stored: the trigger guards the terms, this finds who went
            # round it.
            if row.sealed_at is None or row.terms_sha256 != terms_sha256(row.terms):
                yield f"{row.public_id}: terms are not those that were sealed"
            if stored[row.id] != set(map(PART_VALUES, parts_in(row.terms))):
                yield f"{row.public_id}: its parts are not those of its terms"

            terms = read_terms(row.terms)
            if (terms.start_on, terms.kind) != (row.start_on, row.kind):
                yield f"{row.public_id}: start or kind are not those of its terms"
            if {one.public_id for one in terms.loans} != covered[row.plan_id]:
                yield f"{row.public_id}: its loans are not those of its plan"

            told = row.terms["plan_interest_fen"], row.terms["total_fen"], row.total_fen
            if told != (terms.plan_interest_fen, terms.total_fen, terms.total_fen):
                yield f"{row.public_id}: the instalments are not the total"
            yield from (f"{row.public_id}: {what}" for what in _unequal(terms))


def _covered(session: Session, plan_ids: list[int]) -> dict[int, set[str]]:
    query = (
        select(PlanLoan.plan_id, Loan.public_id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(PlanLoan.plan_id.in_(plan_ids))
    )
    found = defaultdict(set)
    for plan_id, loan in session.execute(query):
        found[plan_id].add(loan)
    return found


def _stored_parts(session: Session, ids: list[int]) -> dict[int, set[tuple[Any, ...]]]:
    found = defaultdict(set)
    query = select(
        PlanPart.version_id,
        Loan.public_id,
        PlanPart.number,
        PlanPart.due_on,
        PlanPart.component,
        PlanPart.fen,
        PlanPart.waived_fen,
        PlanPart.condition,
    )
    query = query.join(Loan, Loan.id == PlanPart.loan_id)
    for version, *part in session.execute(query.where(PlanPart.version_id.in_(ids))):
        found[version].add(tuple(part))

    return found


def _unequal(terms: PlannedTerms) -> Iterator[str]:
    for loan in terms.loans:
        if loan.payoff_fen != loan.owed.total:
            yield "the pay-off is not what was owed"
        yield from _unequal_components(loan, terms.kind)


def _unequal_components(loan: LoanInPlan, kind: str) -> Iterator[str]:
    """By component: a shift between them would leave every total right."""
    waived = {one.component: one.fen for one in loan.waivers}
    for component, part in PART_OF.items():
        owed, planned = (getattr(each, f"{component}_fen") for each in (loan.owed, loan.planned))
        first = getattr(loan.first_payment, f"{part}_fen") if loan.first_payment else 0
        if kind not in PART_PLANNED and owed != planned + first + waived.get(component, 0):
            yield f"{component} owed {owed}, planned {planned}"
        # What an even spread of an own interest bears is the plan's, and no component of before.
        if planned != sum(getattr(one, f"{part}_fen") for one in loan.instalments):
            yield f"{component} planned {planned}, instalments differ"


def _signatures(session: Session) -> Iterator[str]:
    """I5: both parties signed an agreement's terms, by a code for its very text; of its file
    `untrue_files` tells.

    A signature bears the hash of the terms, the code it was given with that of the text (ADR 0022);
    every grave clause has one of its own.
    """
    for row in session.execute(_signed_texts().execution_options(yield_per=BATCH)):
        number, text, text_sha, borrower, lender, other_terms, other_text, confirmed = row
        if (borrower, lender) != (1, 1) or other_terms or other_text:
            yield (
                f"{number}: signed {borrower} and {lender} times, "
                f"{other_terms + other_text} on something else"
            )

        # From the signed text itself: which clauses are grave may change in a later release.
        grave = {one["code"] for one in text.get("clauses", ()) if one["confirm"]}
        if set((confirmed or "").split(",")) != grave | {TEXT}:
            yield f"{number}: not every grave clause was confirmed"
        if text_sha256(text) != text_sha:
            yield f"{number}: its text is not the one that was signed"


def _signed_texts() -> Select[Any]:
    """Each agreement and how often each party signed it, on these terms or others."""
    of_it = (
        select(func.count(Signature.id))
        .where(Signature.version_id == Agreement.version_id)
        .correlate(Agreement)
    )
    on_terms = Signature.terms_sha256 == Agreement.terms_sha256
    by_code = of_it.join(SignInCode, SignInCode.id == Signature.code_id).where(
        Signature.party == "borrower"
    )
    clauses = (
        select(func.aggregate_strings(Signature.clause, ","))
        .correlate(Agreement)
        .where(Signature.version_id == Agreement.version_id, Signature.party == "borrower")
    )

    return select(
        Agreement.number,
        Agreement.text,
        Agreement.text_sha256,
        by_code.where(
            on_terms, Signature.clause == TEXT, SignInCode.text_sha256 == Agreement.text_sha256
        ).scalar_subquery(),
        of_it.where(on_terms, Signature.party == "lender").scalar_subquery(),
        of_it.where(~on_terms | (Signature.at != Agreement.signed_at)).scalar_subquery(),
        by_code.where(
            SignInCode.text_sha256.is_distinct_from(Agreement.text_sha256)
        ).scalar_subquery(),
        clauses.scalar_subquery(),
    ).order_by(Agreement.id)


def _deciders(session: Session) -> Iterator[str]:
    """I7: who decides is not who made it, and held a deciding role at that time."""
    # At the instant of the decision; roles that were taken away since do not matter.
    held = (
        select(StaffRole.id)
        .where(StaffRole.staff_id == Decision.staff_id, StaffRole.role.in_(DECIDING))
        .where(StaffRole.from_at <= Decision.at)
        .where((StaffRole.until_at.is_(None)) | (StaffRole.until_at > Decision.at))
    )

    query = (
        select(
            PlanVersion.public_id,
            PlanVersion.author_person,
            Decision.author_person,
            Decision.person_id,
            Staff.person_id,
            held.exists(),
        )
        .join(PlanVersion, PlanVersion.id == Decision.version_id)
        .join(Staff, Staff.id == Decision.staff_id)
        .order_by(Decision.id)
    )
    rows = session.execute(query.execution_options(yield_per=BATCH))
    for version, author, maker, person, staff, had_role in rows:
        if author == person:
            yield f"{version}: decided by its maker"
        if (author, person) != (maker, staff):
            yield f"{version}: maker and checker are not those of the decision"
        if not had_role:
            yield f"{version}: decided without the role"


def _waits_for_release(version: type[PlanVersion]) -> ColumnElement[bool]:
    """Whether a counter-offer to a version waits for others, as part of a query."""
    draft = aliased(PlanVersion)
    return select(draft.id).where(draft.parent_id == version.id, draft.state == "draft").exists()


def _cases(session: Session) -> Iterator[str]:
    """I13: every plan has one case; it waits for whom its version's state says, or for the borrower
    where one was asked for a change; someone owns it, and our clock runs, only while it is ours to
    answer.
    """
    without = select(Plan.number).where(~select(Case.id).where(Case.plan_id == Plan.id).exists())
    yield from (f"{plan}: no case" for plan in session.scalars(without.order_by(Plan.id)))
    newest = aliased(PlanVersion)
    latest = _put_forward(newest)
    query = (
        select(
            Plan.number,
            Case,
            PlanVersion.state,
            asked_thread(PlanVersion.id),
            _waits_for_release(PlanVersion),
            PlanVersion.releases_needed,
        )
        .join(Case, Case.plan_id == Plan.id)
        .join(PlanVersion, PlanVersion.id == latest)
        .order_by(Plan.id)
    )

    rows = session.execute(query.execution_options(yield_per=BATCH))
    for plan, case, state, thread, is_drafted, needed in rows:
        # A colleague may have had the last word without it being theirs to ask.
        told = {waits_for(state), waits_for(state, is_asked=thread is not None)}
        if state == ASKABLE and (is_drafted or needed):
            told.add("second_person")
        if case.waits_for not in told:
            yield f"{plan}: {state}, its case waits for {case.waits_for}"
        if case.owner_staff_id is not None and state not in UNANSWERED:
            yield f"{plan}: {state}, owned by {case.owner_staff_id}"

        runs = waits_for(state) not in ("borrower", "nobody")
        if (case.answer_by_on is not None) != runs:
            yield f"{plan}: {state}, answered by {case.answer_by_on}"


def _chain(session: Session) -> Iterator[str]:
    """I9: the audit trail is one unbroken chain from the first entry to the head, and tells of
    every change.
    """
    seq, last = 0, GENESIS
    query = select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=BATCH)
    with session.scalars(query) as entries:
        for entry in entries:
            if entry.seq != seq + 1 or entry.prev_hash != last or row_hash(entry) != entry.row_hash:
                yield f"audit entry {entry.seq}: the chain breaks here"
                # One break is enough: after it every entry looks wrong.
                return
            seq, last = entry.seq, entry.row_hash
            # The trail only ever grows; keeping what was checked would fill the memory.
            session.expunge(entry)

    # The head shows what a cut at the end would hide: a shorter chain is unbroken too.
    head = session.scalars(select(AuditHead)).one()
    if (head.seq, head.row_hash) != (seq, last):
        yield f"audit head {head.seq}: the last entry is {seq}"

    yield from untold_changes(session)


CHECKS: dict[str, Check] = {
    "I1": unequal_journals,
    "I2": _agreements,
    "I3": _states,
    "I4": _sums,
    "I5": _signatures,
    "I7": _deciders,
    "I9": _chain,
    "I13": _cases,
    "I19": too_few_behind,
    # Rows the trail attests are as it tells (ADR 0044).
    "I14": unattested_rows,
    "I17": untrue_checks,
    "I18": untrue_dates,
    "I20": lambda session: chain(uncounted_sums(session), untrue_dues(session)),
    "I21": unplaced_cases,
    "I22": loans_without_figures,
    "I25": untrue_breaks,
    "I26": untrue_successors,
    "I29": untrue_house,
}
