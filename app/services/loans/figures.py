"""What is owed on stored loans: contract terms and the file's figures, computed for a day. Never
commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.allocation import PRINCIPAL_FIRST_OVER_DAYS, Components
from app.domain.arrears import Arrears, arrears
from app.domain.calendar import beijing_date
from app.domain.keeping.account import Account
from app.domain.keeping.owed_again import CameBack, owed_again
from app.domain.loan import LoanTerms
from app.domain.pauses import Pause, merged
from app.domain.plan import OwedLoan
from app.domain.plan_terms import PART_PLANNED
from app.domain.policy import PlanFacts, Policy
from app.domain.states import (
    BROKEN,
    COMPLETED,
    KEPT_PLANS,
    OPEN_VERSIONS,
    is_borrower_asked,
    state_on,
)
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

    `stands` of one that is kept, or was broken and is the loan's last that was signed; `ended_on`:
    once it has ended without a signature; of an offer that is over and not on record as such yet,
    that day.
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
    def is_change(self) -> bool:
        """Whether it would take the place of a signed plan; until then that one goes on."""
        return self.plan.replaces_id is not None and self.state != "signed"

    @property
    def runs(self) -> bool:
        """Whether the plan was signed and is being paid."""
        return self.state == "signed" and self.plan.state in KEPT_PLANS

    @property
    def pause(self) -> Pause | None:
        """The days on which nothing accrued, once the version has ended without a signature."""
        # A change stops nothing: the plan that it would take the place of runs on.
        if self.ended_on is None or self.is_change:
            return None
        return Pause(self.version.start_on, self.ended_on)

    @property
    def is_kept(self) -> bool:
        """Whether the plan was signed and is the book of its loans: it runs, or nothing is left of
        them. After a catch-up or a deferral their contract goes on.
        """
        is_done = self.plan.state == COMPLETED and self.version.kind not in PART_PLANNED
        return self.state == "signed" and (self.plan.state in KEPT_PLANS or is_done)

    @property
    def is_broken(self) -> bool:
        """Whether the plan was signed and broken."""
        return self.state == "signed" and self.plan.state == BROKEN

    @property
    def is_completed(self) -> bool:
        """Whether the plan was signed and kept to its end."""
        return self.state == "signed" and self.plan.state == "completed"


@dataclass(frozen=True)
class BackOnContract:
    """How a loan came back to its contract when its last plan, by `agreement`, was broken;
    `is_by_file`: a file of that day or later stands and asks no more. On the days of `free`, the
    plan's, nothing accrued.

    Units: fen.
    """

    agreement: str
    broken_on: date
    line: CameBack
    account: Account
    free: Pause
    is_by_file: bool


@dataclass(frozen=True)
class Figures:
    """One loan with its terms, its latest file figures, its proposals and what is owed at
    `owed.as_of`, by the file or, after a break, by its plan's contract; what came since is on no
    file yet, or lies ahead.

    Units: fen.
    """

    loan: Loan
    snapshot: LoanSnapshot
    terms: LoanTerms
    owed: Arrears
    proposals: tuple[Proposal, ...] = ()
    received_fen: int = 0
    # Waivers of the plan that runs, where these are the figures of what is left of it.
    promised: Components | None = None
    back: BackOnContract | None = None

    @property
    def negotiation(self) -> Proposal | None:
        """Return the proposal that is open or kept, if any; a change is beside what it changes."""
        each = (one for one in reversed(self.proposals) if not one.is_change)
        return next((one for one in each if one.is_open or one.is_kept), None)

    @property
    def running(self) -> Proposal | None:
        """Return the plan that was signed and is being paid, if any."""
        return next((one for one in reversed(self.proposals) if one.runs), None)

    @property
    def change(self) -> Proposal | None:
        """Return what is asked or offered in the place of the plan that runs, if anything."""
        each = (one for one in reversed(self.proposals) if one.is_change and one.is_open)
        return next(each, None) if self.running else None

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
    return OwedLoan(figures.loan.ref, figures.terms, figures.owed, figures.promised)


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
        # PostgreSQL sums whole numbers to a decimal.
        _figures(
            (loan, snapshot, int(received)), proposals.get(loan.id, ()), policy=policy, today=today
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
    return replace(figures, owed=owed_for(figures, as_of=today, policy=policy, pauses=pauses))


def owed_for(
    figures: Figures, *, as_of: date, policy: Policy, pauses: Sequence[Pause] = ()
) -> Arrears:
    """Return what is owed on a loan on a day, with other days on which nothing accrues: by its
    file, after a break by its contract as the plan left it.

    Source: rules part 1; how a signed plan is kept: after a break.
    """
    back = figures.back
    if back is not None and not back.is_by_file and as_of >= back.broken_on:
        since = tuple(one for one in pauses if one.until_on > back.broken_on)
        again = owed_again(_with_pauses(back.account, figures.loan.ref, since), as_of)
        if again is not None:
            return again.owed[figures.loan.ref]
    free = merged([*pauses, *([back.free] if back else [])])
    return owed_on(figures.loan, figures.snapshot, as_of=as_of, policy=policy, pauses=free)


def _with_pauses(account: Account, ref: str, pauses: tuple[Pause, ...]) -> Account:
    loans = tuple(
        replace(one, pauses=pauses) if one.ref == ref else one for one in account.plan.loans
    )
    return replace(account, plan=replace(account.plan, loans=loans))


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
            if one.state in UNSIGNED_ENDS and one.ended_on and not one.is_change
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
    last = [one for each in found.values() if (one := _last_signed(each)) and one.is_broken]
    kept = {
        one.plan.id: SignedPlan(one.plan, one.version, one.signed_at)
        for one in [*last, *(one for each in found.values() for one in each if one.is_kept)]
        if one.signed_at is not None
    }
    stands = kept_standings(session, signed=tuple(kept.values()), as_of=today)
    if not stands:
        return found
    return {
        loan_id: tuple(one._replace(stands=stands.get(one.plan.id)) for one in each)
        for loan_id, each in found.items()
    }


def _last_signed(proposals: Sequence[Proposal]) -> Proposal | None:
    return next((one for one in reversed(proposals) if one.state == "signed"), None)


def _figures(
    row: tuple[Loan, LoanSnapshot, int],
    proposals: tuple[Proposal, ...],
    *,
    policy: Policy,
    today: date,
) -> Figures:
    loan, snapshot, received_fen = row
    # Nothing accrues from a submission on, so the loan is computed for that day (ADR 0005); of a
    # plan that was changed since, for the day it came in first (ADR 0042).
    at_work = {one.plan.id for one in proposals if one.is_open and not one.is_change}
    stops = [one.version.start_on for one in proposals if one.plan.id in at_work]
    if loan.missing_since_on is not None:
        # A loan missing from the file accrues nothing on screen either.
        stops.append(loan.as_of_on)

    # Merged before they are counted: days that several versions share are free once (ADR 0005,
    # 0015).
    pauses = merged(one.pause for one in proposals if one.pause)
    day = min([today, *stops])
    owed = owed_on(loan, snapshot, as_of=day, policy=policy, pauses=pauses)
    found = Figures(loan, snapshot, terms_of(loan), owed, proposals, received_fen)
    broken = _last_signed(proposals)
    if broken is None or not broken.is_broken or broken.stands is None:
        return found
    return _back_on_contract(found, broken, broken.stands, day, policy)


def _back_on_contract(
    by_file: Figures, broken: Proposal, stands: KeptStanding, day: date, policy: Policy
) -> Figures:
    """Return a loan whose plan was broken: by its contract as the plan left it. A file of the day
    of the break or later stands as the book where it asks no more (ADR 0080).

    Source: rules part 1, how a signed plan is kept: after a break; where file and engine differ
    the borrower sees the lower figure.
    """
    broken_on = stands.standing.broken_on
    again = owed_again(stands.account, max(day, broken_on)) if broken_on else None
    if again is None:
        return by_file
    ref = by_file.loan.ref
    line = next(one for one in again.lines if one.ref == ref)
    free = Pause(broken.version.start_on, again.broken_on)
    back = BackOnContract(
        broken.agreement or "", again.broken_on, line, stands.account, free, is_by_file=False
    )
    pauses = merged([free, *(one.pause for one in by_file.proposals if one.pause)])
    filed = owed_on(by_file.loan, by_file.snapshot, as_of=day, policy=policy, pauses=pauses)
    asked = max(0, again.owed[ref].payoff_fen - line.ahead_fen)
    is_newer = by_file.snapshot.as_of_on >= again.broken_on
    if is_newer and filed.payoff_fen - by_file.received_fen <= asked:
        return replace(by_file, owed=filed, back=replace(back, is_by_file=True))
    # What came since is laid on its contract already; what lies ahead is off the pay-off.
    return replace(by_file, owed=again.owed[ref], received_fen=line.ahead_fen, back=back)
