"""A submitted version as its borrower reads it: the answer, what happened so far, what comes next
and by when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.plan_terms import Moved, PlannedTerms, moved_of, read_terms
from app.domain.policy import Policy, appeal_until
from app.domain.states import CHANGEABLE, LENDER, UNANSWERED, is_borrower_asked, may_move, state_on
from app.models import (
    Agreement,
    Appeal,
    Case,
    Decision,
    Loan,
    Plan,
    PlanDraft,
    PlanLoan,
    PlanVersion,
)
from app.services.contact.records import RunningHold, running_holds
from app.services.core.context import Context
from app.services.core.policy import active_policy, texts_of
from app.services.core.waiting_queries import asked_thread, days_after_reply
from app.services.core.working_days import working_day_after
from app.services.loans.naming import LoanName, loans_in, names_by
from app.services.plans.verdicts import RuleView, kept_waits
from app.services.plans.version_queries import CHAIN, VERSION_ROWS, ToldBeside
from app.services.plans.words_queries import words_of_versions

What = Literal[
    "received",
    "changed",
    "taken",
    "asked",
    "countered",
    "accepted",
    "approved_at_once",
    "approved",
    "refused",
    "appealed",
    "upheld",
    "withdrawn",
    "recalled",
    "expired",
    "signed",
]
# For events of the same instant: a plan approved at once was received and approved at one and the
# same time.
ORDER: tuple[What, ...] = (
    "received",
    "changed",
    "taken",
    "asked",
    "countered",
    "accepted",
    "approved_at_once",
    "refused",
    "appealed",
    "approved",
    "upheld",
    "signed",
    "withdrawn",
    "recalled",
    "expired",
)
# Of versions that staff put forward with other terms.
UNSIGNED_ENDS = frozenset({"withdrawn", "recalled", "expired"})
FIRST = 1
# In the record of a draft: the version it would change.
CHANGES = "changes"


@dataclass(frozen=True)
class StatusEvent:
    """One thing that happened; words are those of who answered."""

    what: What
    at: datetime
    words: str = ""


@dataclass(frozen=True)
class AskedChange:
    """What customer service asked a borrower about a plan, while they wait for the reply: the
    thread, and how many working days the answer takes after it; none where it is late already.
    """

    thread: str
    days: int


@dataclass(frozen=True)
class PlanStatus:
    """A submitted version as its borrower reads it; reason and words are those of the last answer;
    its loans stand longest overdue first.

    Units: fen. `decide_by_on`: by when it is answered. `answer_by_on`: by when an appeal is, the
           one filed, else one filed today. `asked`: where the borrower has the next word on a
           change. `appeal_until_on`: the last day to file one. `other_open`: another plan that is
           open on one of the loans. `hold`: only where all of the loans are quiet, the one that
           ends first. `needs_person_to_hold`: contact is not on hold before a person approves.
           `agreement`: its number, once signed. `second_hold_days`: for so long after a withdrawal
           the next one needs a person. `stopped_on`: since then nothing accrues; a change keeps it.
           `is_being_changed`: a change was begun and is not submitted. `replaced_by`: the version
           that stands now in place of one that was changed. `waits`: why a person looks at it,
           while it is submitted. `is_ours`: staff put it forward with other terms. `why_recalled`:
           the words of who recalled it.
    """

    public_id: str
    number: str
    state: str
    loans: tuple[LoanName, ...]
    terms: PlannedTerms
    submitted_at: datetime
    decide_by_on: date
    decided_at: datetime | None
    valid_until_on: date | None
    ended_at: datetime | None
    moved: Moved
    reason: str
    words: str
    hold: RunningHold | None
    answer_by_on: date | None
    appeal_until_on: date | None
    may_appeal: bool
    other_open: str | None
    needs_person_to_hold: bool
    second_hold_days: int
    has_private_reason: bool
    agreement: str
    asked: AskedChange | None
    stopped_on: date
    is_being_changed: bool
    replaced_by: str
    waits: tuple[RuleView, ...]
    is_ours: bool
    why_recalled: str
    today: date
    events: tuple[StatusEvent, ...]

    @property
    def loan_public_id(self) -> str:
        """Return the loan that another proposal would begin at: the longest overdue."""
        return self.loans[0].public_id

    @property
    def mention(self) -> dict[str, str]:
        """Return what a message about it names: the plan, so that both sides find it there."""
        return {"version": self.public_id}

    @property
    def is_refused(self) -> bool:
        """Whether a person said no, and nobody looks at it any more."""
        return self.state in ("refused", "upheld")

    @property
    def was_approved(self) -> bool:
        """Whether this very version was approved or accepted before it ended."""
        return self.decided_at is not None and not self.is_refused

    @property
    def may_withdraw(self) -> bool:
        """Whether the borrower may take it back now."""
        return may_move("version", self.state, "withdrawn")

    @property
    def may_change(self) -> bool:
        """Whether the borrower may put another version in its place now."""
        return self.state in CHANGEABLE

    @property
    def due_on(self) -> date:
        """Return by when we answer: the proposal, or the appeal."""
        return (self.state == "under_appeal" and self.answer_by_on) or self.decide_by_on

    @property
    def is_late(self) -> bool:
        """Whether our day has passed, and the next word is ours."""
        return self.state in UNANSWERED and not self.asked and self.due_on < self.today

    @property
    def appeal_ends_first(self) -> bool:
        """Whether the time to appeal is over before the hold on contact is: both lengths are the
        policy's.
        """
        until = self.hold.until_at if self.hold else None
        last_on = self.appeal_until_on
        return until is not None and last_on is not None and last_on < beijing_date(until)

    @property
    def is_at_once(self) -> bool:
        """Whether policy approved it by itself."""
        return any(one.what == "approved_at_once" for one in self.events)


@dataclass(frozen=True)
class _VersionRows:
    version: PlanVersion
    plan: Plan
    case: Case
    appeal: Appeal | None
    agreement: Agreement | None
    told: ToldBeside
    decisions: Sequence[tuple[Decision, str]]
    chain: Sequence[PlanVersion]
    earlier_answers: Sequence[Decision]
    loans: Sequence[Loan]

    @property
    def loan_ids(self) -> list[int]:
        """The rows of the loans that it covers."""
        return [one.id for one in self.loans]

    @property
    def earlier(self) -> Sequence[PlanVersion]:
        """The versions that this one took the place of, the oldest first."""
        return [one for one in self.chain if one.id < self.version.id]

    @property
    def is_asked(self) -> bool:
        """Whether the borrower has the next word while the answer is ours."""
        return is_borrower_asked(self.version.state, self.case.waits_for)

    @property
    def refusal(self) -> Decision | None:
        """The first answer, where it was a refusal."""
        return next(
            (
                one
                for one, _reason in self.decisions
                if (one.round, one.answer) == (FIRST, "refuse")
            ),
            None,
        )


def plan_status(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> PlanStatus:
    """Return a borrower's version with its answers.

    Raises: NotFound, also for another borrower's version.
    Source: default policy, appeal and hold on collection.
    """
    found = _found(session, context, borrower_id, version_public_id)
    version, plan = found.version, found.plan
    if version.submitted_at is None or version.decide_by_on is None:
        raise NotFound

    policy, today = active_policy(session)[1], beijing_date(context.now)
    # The page says what is true today; what is on record may be a minute behind (ADR 0030).
    state = state_on(version.state, valid_until_at=version.valid_until_at, today=today)
    is_over = state != version.state  # the job that puts it on record has not come by yet
    until = _appeal_until(found, policy)
    may_appeal = version.state == "refused" and until is not None and today <= until
    decision, reason = found.decisions[-1] if found.decisions else (None, "")

    return PlanStatus(
        public_id=version.public_id,
        number=plan.number,
        state=state,
        loans=names_by(version.terms, found.loans),
        terms=read_terms(version.terms, moved=moved_of(version)),
        submitted_at=version.submitted_at,
        decide_by_on=found.case.answer_by_on or version.decide_by_on,
        decided_at=version.decided_at,
        valid_until_on=beijing_date(version.valid_until_at) if version.valid_until_at else None,
        ended_at=context.now if is_over else version.ended_at,
        moved=moved_of(version),
        reason=reason,
        words=decision.words if decision else "",
        # The row still runs, but its offer is over; to show it would promise a quiet that ends any
        # moment.
        hold=None if is_over else _hold(session, context, found),
        answer_by_on=_answer_by(session, found, policy, today if may_appeal else None),
        appeal_until_on=until,
        may_appeal=may_appeal,
        other_open=_other_open(session, found, today)
        if may_appeal or state == "recalled"
        else None,
        needs_person_to_hold=version.state in UNANSWERED and found.told.holds_by_person,
        second_hold_days=policy.holds.second_hold_days,
        has_private_reason=found.told.has_private_reason,
        agreement=found.agreement.number if found.agreement else "",
        asked=_asked(session, found),
        stopped_on=min(one.start_on for one in (*found.earlier, version)),
        is_being_changed=_is_being_changed(session, context, found),
        replaced_by=found.chain[-1].public_id if state == "superseded" else "",
        waits=kept_waits(session, version_id=version.id) if state == "submitted" else (),
        is_ours=version.author_kind == LENDER,
        why_recalled=_why_recalled(session, context, version),
        today=today,
        events=_events(found),
    )


def _found(session: Session, context: Context, borrower_id: int, public_id: str) -> _VersionRows:
    given = {"mine": borrower_id, "version": public_id, "now": context.now}
    row: Any = session.execute(VERSION_ROWS, given).one_or_none()
    if row is None:
        raise NotFound
    version, plan, case, appeal, agreement, *flags = row
    told = ToldBeside(*flags)

    decisions = _decisions(session, version) if told.has_decisions else []
    # Most plans were never changed: then nothing more is read.
    chain = session.scalars(CHAIN, {"plan": plan.id}).all() if told.has_others else [version]
    before = [one.id for one in chain if one.id < version.id]
    of_earlier = select(Decision).where(Decision.version_id.in_(before)).order_by(Decision.id)
    earlier = session.scalars(of_earlier).all() if before else []

    loans = loans_in(session, plan_id=plan.id)
    return _VersionRows(
        version, plan, case, appeal, agreement, told, decisions, chain, earlier, loans
    )


def _decisions(session: Session, version: PlanVersion) -> list[tuple[Decision, str]]:
    given = select(Decision).where(Decision.version_id == version.id).order_by(Decision.round)
    found = session.scalars(given).all()
    # In the words of the version that judges the plan, whatever has come since.
    texts = texts_of(session, version=version.policy_version)
    return [(one, texts.words(one.reason_code)) for one in found]


def _why_recalled(session: Session, context: Context, version: PlanVersion) -> str:
    if version.state != "recalled":
        return ""
    words = words_of_versions(session, context, ids=[version.id])
    return words.get((version.id, "recalled"), "")


def _is_being_changed(session: Session, context: Context, found: _VersionRows) -> bool:
    if found.version.state not in CHANGEABLE or not found.told.has_drafts:
        return False
    kept = select(PlanDraft.answers).where(
        PlanDraft.loan_id.in_(found.loan_ids), PlanDraft.expires_at > context.now
    )
    drafts = session.scalars(kept.where(PlanDraft.borrower_id == found.plan.borrower_id))
    return any(one.get(CHANGES) == found.version.public_id for one in drafts)


def _hold(session: Session, context: Context, found: _VersionRows) -> RunningHold | None:
    """The hold on the loans themselves that ends first; none where one of them has none."""
    holds = running_holds(session, context, borrower_id=found.plan.borrower_id)
    mine = [one for one in holds if one.loan_id in found.loan_ids]
    if {one.loan_id for one in mine} != set(found.loan_ids):
        return None
    # No end is later than any end.
    return min(mine, key=lambda one: (one.until_at is None, one.until_at or context.now))


def _appeal_until(found: _VersionRows, policy: Policy) -> date | None:
    refusal = found.refusal
    # From the first answer. An answer to an appeal opens no second one (ADR 0015).
    return appeal_until(policy, beijing_date(refusal.at)) if refusal else None


def _answer_by(
    session: Session, found: _VersionRows, policy: Policy, today: date | None
) -> date | None:
    if found.appeal is not None:
        return found.case.answer_by_on or found.appeal.answer_by_on
    return (
        working_day_after(session, day=today, count=policy.clocks.appeal_working_days)
        if today
        else None
    )


def _asked(session: Session, found: _VersionRows) -> AskedChange | None:
    if not found.is_asked:
        return None
    thread = session.scalar(select(asked_thread(literal(found.version.id))))
    return AskedChange(thread or "", days_after_reply(session, case=found.case))


def _other_open(session: Session, found: _VersionRows, today: date) -> str | None:
    query = (
        select(PlanVersion)
        .join(PlanLoan, PlanLoan.plan_id == PlanVersion.plan_id)
        .where(
            PlanLoan.loan_id.in_(found.loan_ids),
            PlanLoan.is_open,
            PlanLoan.plan_id != found.plan.id,
        )
        .order_by(PlanVersion.id.desc())
    )
    one = session.scalars(query.limit(1)).first()
    if one is None:
        return None

    # An offer that is over stands in nobody's way (ADR 0030).
    state = state_on(one.state, valid_until_at=one.valid_until_at, today=today)
    return None if state == "expired" else one.public_id


def _came_in(found: _VersionRows) -> list[StatusEvent]:
    """How it came to this version: the first one, each change, and what was answered in between."""
    events: list[StatusEvent] = []
    for one in (*found.earlier, found.version):
        if one.submitted_at and one.author_kind == LENDER:
            events.append(StatusEvent("countered", one.submitted_at))
        elif one.submitted_at:
            events.append(StatusEvent("changed" if events else "received", one.submitted_at))
    answered = {one.version_id for one in found.earlier_answers}
    events += [StatusEvent("approved", one.at, one.words) for one in found.earlier_answers]
    events += [
        StatusEvent(_without_decision(one), one.decided_at)
        for one in found.earlier
        if one.decided_at and one.id not in answered
    ]
    return events


def _without_decision(version: PlanVersion) -> What:
    """No decision row means that nobody had to decide: the policy approved it (ADR 0013), or its
    borrower accepted what was put forward.
    """
    return "accepted" if version.author_kind == LENDER else "approved_at_once"


def _events(found: _VersionRows) -> tuple[StatusEvent, ...]:
    """What happened, newest first."""
    version, appeal, case = found.version, found.appeal, found.case
    events = _came_in(found)
    for decision, _reason in found.decisions:
        refused: What = "refused" if decision.round == FIRST else "upheld"
        events.append(
            StatusEvent(
                "approved" if decision.answer == "approve" else refused, decision.at, decision.words
            )
        )

    if version.valid_until_at and version.decided_at and not found.decisions:
        events.append(StatusEvent(_without_decision(version), version.decided_at))
    if appeal is not None:
        events.append(StatusEvent("appealed", appeal.filed_at))
    if found.agreement is not None:
        events.append(StatusEvent("signed", found.agreement.signed_at))
    if version.state in UNANSWERED and case.owned_at:
        events.append(StatusEvent("taken", case.owned_at))
    if found.is_asked:
        events.append(StatusEvent("asked", case.waits_since_at))

    ended: dict[str, What] = {one: one for one in get_args(What) if one in UNSIGNED_ENDS}
    if version.ended_at and version.state in ended:
        events.append(StatusEvent(ended[version.state], version.ended_at))

    return tuple(sorted(events, key=lambda one: (one.at, ORDER.index(one.what)), reverse=True))
