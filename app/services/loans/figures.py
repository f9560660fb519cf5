"""What is owed on stored loans: contract terms and the file's figures, computed for a day. Never
commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.allocation import PRINCIPAL_FIRST_OVER_DAYS
from app.domain.arrears import Arrears, arrears
from app.domain.calendar import beijing_date
from app.domain.loan import LoanTerms
from app.domain.pauses import Pause, merged
from app.domain.plan import OwedLoan
from app.domain.plan_terms import PART_PLANNED
from app.domain.policy import PlanFacts, Policy
from app.domain.states import COMPLETED, KEPT_PLANS, OPEN_VERSIONS, is_borrower_asked, state_on
from app.models import (
    Agreement,
    Case,
    Loan,
    LoanSnapshot,
    Match,
    Payment,
    Plan,
    PlanLoan,
    PlanVersion,
)
from app.services.core.waiting_queries import asked_thread
from app.services.keeping.accounts import KeptStanding, SignedPlan, kept_standings, terms_of
from app.services.reading.once import read_once

# A refusal is not among them: a new plan after it is no second hold (ADR 0014).
UNSIGNED_ENDS = frozenset({"withdrawn", "expired"})

_TAKEN_BACK = aliased(Payment)
# What came for a loan and is in no file yet.
_RECEIVED = (
    select(func.coalesce(func.sum(Match.fen), 0))
    .join(Payment, Payment.id == Match.payment_id)
    .where(
        Match.loan_id == Loan.id,
        Match.undone_at.is_(None),
        Payment.reverses_id.is_(None),
        Payment.arrived_on > LoanSnapshot.as_of_on,
        ~exists().where(_TAKEN_BACK.reverses_id == Payment.id, _TAKEN_BACK.state == "matched"),
    )
    .correlate(Loan, LoanSnapshot)
    .scalar_subquery()
)
# Most loans have none, and nothing more is asked then.
_HAS_PLAN = exists().where(PlanLoan.loan_id == Loan.id).correlate(Loan)
# The snapshot of the loan's own date: a loan that a later file left out keeps its last one.
_WITH_SNAPSHOT = (
    select(Loan, LoanSnapshot, _RECEIVED, _HAS_PLAN)
    .join(
        LoanSnapshot,
        and_(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on == Loan.as_of_on),
    )
    .order_by(Loan.id)
)
_MINE = _WITH_SNAPSHOT.where(Loan.borrower_id == bindparam("mine", type_=Loan.borrower_id.type))
_PROPOSALS = (
    select(
        PlanLoan.loan_id,
        PlanVersion,
        Plan,
        Case,
        Agreement.signed_at,
        Agreement.number,
        asked_thread(PlanVersion.id),
    )
    .join(Plan, Plan.id == PlanLoan.plan_id)
    .join(Case, Case.plan_id == Plan.id)
    .join(PlanVersion, PlanVersion.plan_id == Plan.id)
    .outerjoin(Agreement, Agreement.version_id == PlanVersion.id)
    .where(
        PlanLoan.loan_id.in_(bindparam("loans", expanding=True)),
        PlanVersion.submitted_at.is_not(None),
    )
    .order_by(PlanVersion.id)
)


class Proposal(NamedTuple):
    """A version of a plan on a loan as it is on a day, with its plan and case, how it was signed,
    and the thread in which the borrower was asked for a change and has the next word.

    `stands` of one that is kept; `ended_on`: once it has ended without a signature; of an offer
    that is over and not on record as such yet, that day.
    """

    version: PlanVersion
    plan: Plan
    case: Case
    state: str
    ended_on: date | None = None
    signed_at: datetime | None = None
    agreement: str | None = None
    thread: str | None = None
    stands: KeptStanding | None = None

    @property
    def is_open(self) -> bool:
        """Whether the version still waits for someone."""
        return self.state in OPEN_VERSIONS

    @property
    def asked_in(self) -> str:
        """The thread that waits for the borrower's word while the answer is ours, or empty."""
        is_asked = is_borrower_asked(self.state, self.case.waits_for)
        return self.thread or "" if is_asked else ""

    @property
    def pause(self) -> Pause | None:
        """The days on which nothing accrued, once the version has ended without a signature."""
        return None if self.ended_on is None else Pause(self.version.start_on, self.ended_on)

    @property
    def is_kept(self) -> bool:
        """Whether the plan was signed and is the book of its loans: it runs, or nothing is left of
        them. After a catch-up or a deferral their contract goes on.
        """
        is_done = self.plan.state == COMPLETED and self.version.kind not in PART_PLANNED
        return self.state == "signed" and (self.plan.state in KEPT_PLANS or is_done)

    @property
    def is_completed(self) -> bool:
        """Whether the plan was signed and kept to its end."""
        return self.state == "signed" and self.plan.state == "completed"


@dataclass(frozen=True)
class Figures:
    """One loan with its terms, its latest file figures, its proposals and what is owed at
    `owed.as_of`, by the file; what came since is on no file yet.

    Units: fen.
    """

    loan: Loan
    snapshot: LoanSnapshot
    terms: LoanTerms
    owed: Arrears
    proposals: tuple[Proposal, ...] = ()
    received_fen: int = 0

    @property
    def negotiation(self) -> Proposal | None:
        """Return the proposal that is open or kept, if any."""
        return next((one for one in reversed(self.proposals) if one.is_open or one.is_kept), None)

    @property
    def completed(self) -> Proposal | None:
        """Return the proposal whose plan was kept to its end, where none came after it."""
        last = next(iter(self.proposals[-1:]), None)
        return last if last is not None and last.is_completed else None


def is_principal_first(loan: Loan, *, days_past_due: int) -> bool:
    """Tell whether a payment settles the principal first: by the contract, and so late that it
    does.

    Source: M-09.
    """
    return loan.principal_first_after_90d and days_past_due > PRINCIPAL_FIRST_OVER_DAYS


def debt_of(figures: "Figures") -> OwedLoan:
    """Return a loan as a plan takes it."""
    return OwedLoan(figures.loan.ref, figures.terms, figures.owed)


def lower_of(differences: Mapping[str, int]) -> dict[str, int]:
    """Return by component how much lower the lender's file is than our own figures.

    Units:  fen; `differences` is file minus engine.
    Source: rules part 1, where file and engine differ the borrower sees the lower figure.
    """
    # Only what is lower: where the file asks for more the borrower keeps the lower figure of ours.
    return {component: -fen for component, fen in differences.items() if fen < 0}


def owed_on(
    loan: Loan, snapshot: LoanSnapshot, *, as_of: date, policy: Policy, pauses: Sequence[Pause] = ()
) -> Arrears:
    """Compute what is owed on a loan at a date, never above the lender's own figure.

    Source: rules part 1; nothing accrues from a submission to the end of the version.
    """
    return arrears(
        terms_of(loan),
        paid=loan.paid,
        fee_fen=snapshot.fee_fen,
        as_of=as_of,
        ceiling_ppm=policy.amounts.ceiling_ppm,
        lower=lower_of(snapshot.differences),
        pauses=pauses,
    )


def figures_where(
    session: Session, *conditions: ColumnElement[bool], policy: Policy, today: date
) -> list[Figures]:
    """Return the loans that meet the conditions, with what is owed on a day: two queries however
    many loans, one where none has had a plan.

    While a plan version is open nothing accrues, so its loan is computed for the version's start; a
    loan missing from the file for the last file that had it.
    Source: rules part 1, how a plan is computed; default policy, a loan missing from the file.
    """
    return _read(session, _WITH_SNAPSHOT.where(*conditions), {}, policy=policy, today=today)


def _read(
    session: Session, asked: Select[Any], given: Mapping[str, Any], *, policy: Policy, today: date
) -> list[Figures]:
    rows = session.execute(asked, given).all()
    proposals = _proposals(session, [loan.id for loan, *_row, has_plan in rows if has_plan], today)

    return [
        replace(
            _figures(loan, snapshot, proposals.get(loan.id, ()), policy, today),
            # PostgreSQL sums whole numbers to a decimal.
            received_fen=int(received),
        )
        for loan, snapshot, received, _has_plan in rows
    ]


def figures_of(
    session: Session, *, borrower_id: int, policy: Policy, today: date
) -> tuple[Figures, ...]:
    """Return every loan of a borrower with what is owed on a day, as `figures_where`; a page that
    asks again is told the same.
    """

    def read() -> tuple[Figures, ...]:
        return tuple(_read(session, _MINE, {"mine": borrower_id}, policy=policy, today=today))

    return read_once(session, "figures", borrower_id, today, read=read)


def as_if_taken_back(figures: Figures, *, policy: Policy, today: date) -> Figures:
    """Return a loan's figures of today as if the proposal that is open on it was taken back today.

    Source: rules part 1, nothing accrues from a submission to the end of the version.
    """
    ended = [one.pause for one in figures.proposals if one.pause]
    # An open version becomes a pause that ends today, just as a withdrawal would make it.
    still = [Pause(one.version.start_on, today) for one in figures.proposals if one.is_open]
    pauses = merged([*ended, *still])
    owed = owed_on(figures.loan, figures.snapshot, as_of=today, policy=policy, pauses=pauses)
    return replace(figures, owed=owed)


def as_changed(figures: Figures, *, today: date) -> Figures:
    """Return what a change of the proposal that is open on a loan stands on today: what was owed
    when its plan came in, for nothing has accrued since; days past due count on.

    Source: rules part 1, nothing accrues from a submission to the end of the version.
    """
    owed = figures.owed
    late = owed.days_past_due and owed.days_past_due + (today - owed.as_of).days
    return replace(figures, owed=replace(owed, as_of=today, days_past_due=late))


def facts_of(
    figures: Figures, *, touched_on: date | None, policy: Policy, today: date
) -> PlanFacts:
    """Return what is known of the loan itself when a plan on it is judged; plans of the borrower
    are not counted.

    `touched_on` is the lender's last contact that asked for payment; a submission counts as one
    (M-16).
    Source: default policy, a second hold: `hold_ended_lately`.
    """
    loan = figures.loan
    submitted = [
        beijing_date(one.version.submitted_at)
        for one in figures.proposals
        if one.version.submitted_at
    ]
    # A submission acknowledges the debt and restarts the period like a demand (M-16).
    touches = [*submitted, *([touched_on] if touched_on else [])]

    return PlanFacts(
        discrepancy=loan.difference,
        dispute=loan.disputed,
        legal_mark=loan.legal_review,
        missing=loan.missing_since_on is not None,
        has_open_plan=figures.negotiation is not None,
        over_ceiling=figures.owed.excess_fen > 0,
        file_age_days=(today - loan.as_of_on).days,
        last_touch_on=max(touches, default=None),
        hold_ended_lately=any(
            (today - one.ended_on).days <= policy.holds.second_hold_days
            for one in figures.proposals
            if one.state in UNSIGNED_ENDS and one.ended_on
        ),
    )


def _proposals(
    session: Session, loan_ids: Sequence[int], today: date
) -> dict[int, tuple[Proposal, ...]]:
    if not loan_ids:
        return {}

    rows = session.execute(_PROPOSALS, {"loans": loan_ids})
    found: dict[int, tuple[Proposal, ...]] = {}
    for loan_id, version, plan, case, signed_at, agreement, thread in rows:
        state = state_on(version.state, valid_until_at=version.valid_until_at, today=today)
        ended_on = beijing_date(version.ended_at) if version.ended_at else None
        # An offer that is over and not on record as such yet ends today, exactly as if the job had
        # just run (ADR 0030).
        ended_on = ended_on if state == version.state else today
        one = Proposal(version, plan, case, state, ended_on, signed_at, agreement, thread)
        found[loan_id] = (*found.get(loan_id, ()), one)

    return _with_standings(session, found, today)


def _with_standings(
    session: Session, found: dict[int, tuple[Proposal, ...]], today: date
) -> dict[int, tuple[Proposal, ...]]:
    kept = {
        one.plan.id: SignedPlan(one.plan, one.version, one.signed_at)
        for each in found.values()
        for one in each
        if one.is_kept and one.signed_at is not None
    }
    stands = kept_standings(session, signed=tuple(kept.values()), as_of=today)
    if not stands:
        return found
    return {
        loan_id: tuple(
            one._replace(stands=stands.get(one.plan.id)) if one.is_kept else one for one in each
        )
        for loan_id, each in found.items()
    }


def _figures(
    loan: Loan, snapshot: LoanSnapshot, proposals: tuple[Proposal, ...], policy: Policy, today: date
) -> Figures:
    # Nothing accrues from a submission on, so the loan is computed for that day (ADR 0005); of a
    # plan that was changed since, for the day it came in first (ADR 0042).
    at_work = {one.plan.id for one in proposals if one.is_open}
    stops = [one.version.start_on for one in proposals if one.plan.id in at_work]
    if loan.missing_since_on is not None:
        # A loan missing from the file accrues nothing on screen either.
        stops.append(loan.as_of_on)

    # Merged before they are counted: days that several versions share are free once (ADR 0005,
    # 0015).
    pauses = merged(one.pause for one in proposals if one.pause)
    owed = owed_on(loan, snapshot, as_of=min([today, *stops]), policy=policy, pauses=pauses)

    return Figures(loan, snapshot, terms_of(loan), owed, proposals)
