"""A borrower's loans as pages show them: what is owed today and how every figure came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.domain.arrears import Arrears
from app.domain.arrears_lines import explain
from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.explanation import Line
from app.domain.loan import LoanTerms
from app.domain.plan_terms import loans_named
from app.domain.policy import PlanFacts, Policy, appeal_until, is_stale
from app.domain.proposing import MayNotPropose, is_time_barred, may_propose
from app.domain.schedule import Instalment, schedule
from app.domain.stages import Stage, stage
from app.domain.states import UNANSWERED
from app.services.contact.records import ContactSummary, contact_summary
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.figures import (
    BackOnContract,
    Figures,
    Proposal,
    facts_of,
    figures_of,
    is_principal_first,
)
from app.services.loans.kept_plans import KeptPlan, OpenPlan, kept_plan, open_plan

# What of an explanation only adds up.
SUMS = frozenset({"fee", "payoff", "today"})
# A withdrawal is not told again: it was the borrower's own.
TOLD_AFTERWARDS = frozenset({"refused", "upheld", "expired", "recalled"})


@dataclass(frozen=True)
class PlanNote:
    """Where a proposal on a loan stands; `loans` are all it covers, by public id; answer_by_on is
    the day by which we answer, `asked_in` the thread in which customer service waits for the
    borrower's word; `is_late`: our day has passed.
    """

    public_id: str
    number: str
    state: str
    is_running: bool
    answer_by_on: date | None
    valid_until_on: date | None
    asked_in: str
    loans: tuple[str, ...]
    is_late: bool = False

    @property
    def answer(self) -> str:
        """Return the code of what is told of it: its state, or that the borrower was asked."""
        return "asked" if self.asked_in else self.state

    @property
    def is_theirs(self) -> bool:
        """Whether the borrower was asked for a change or a paper: our day stands still."""
        return bool(self.asked_in) or self.state == "needs_document"


@dataclass(frozen=True)
class DonePlan:
    """A plan on a loan that was kept to its end, and the agreement it was signed by."""

    id: int
    agreement: str


@dataclass(frozen=True)
class NextDue:
    """The next amount that falls due on a loan, by its contract or by the plan that is kept.

    Units: fen.
    """

    due_on: date
    amount_fen: int


def coming_of(kept: KeptPlan | None, opened: OpenPlan | None) -> NextDue | None:
    """Return what is paid next by a plan that is kept or open: of one that is kept, all that has
    come to its day, else what is left on the next one.
    """
    if kept:
        return NextDue(kept.asked_on, kept.asked_fen) if kept.asked_on else None
    payment = opened.next if opened else None
    return NextDue(payment.due_on, payment.amount_fen) if payment else None


@dataclass(frozen=True)
class LoanView:
    """One loan as its borrower sees it.

    `begins_hold`: contact goes on hold with the submission of a plan itself. `is_small`: one
    payment settles it, so a plan only asks on which day.
    Units: fen; days_past_due counts to today, the figures to owed.as_of (a submitted plan stops the
           clock). With a plan that is kept, the plan is the book of the loan: `owed` is then what
           the contract alone would say. Of a plan over several loans the figures are this loan's
           share. `received_fen` came for it and is in no file yet, or lies ahead after a break;
           `back` is how it came back to its contract then.
    """

    id: int
    public_id: str
    ref: str
    product: str
    as_of_on: date
    terms: LoanTerms
    paid: int
    owed: Arrears
    today: date
    days_past_due: int
    stage: Stage | None
    next_due: Instalment | None
    plan: PlanNote | None
    is_missing: bool
    is_checking: bool
    is_time_barred: bool
    principal_first: bool
    refusal: str | None
    advice: str
    begins_hold: bool
    is_small: bool
    kept: KeptPlan | None = None
    opened: OpenPlan | None = None
    change: PlanNote | None = None
    done: DonePlan | None = None
    received_fen: int = 0
    back: BackOnContract | None = None

    @property
    def is_by_plan(self) -> bool:
        """Whether what is due and what comes next are a plan's."""
        return bool(self.kept or self.opened)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of it, by its plan."""
        return self.kept is not None and self.kept.is_done

    @property
    def resting_fen(self) -> int:
        """Return what fell due by the contract and rests while a plan is open, in fen."""
        return self.owed.today_fen if self.opened else 0

    @property
    def tail(self) -> str:
        """Return the last four characters of the loan's reference."""
        return self.ref[-4:]

    @property
    def label(self) -> str:
        """Return the loan as rows name it."""
        return f"{self.product} {self.tail}"

    @property
    def today_fen(self) -> int:
        """Return what is asked up to today, in fen: by the plan that is kept or open, else by the
        contract, less what came and is in no file yet. Before its signature a plan asks for
        nothing.
        """
        if self.opened:
            return 0
        return self.kept.due_fen if self.kept else self.owed.today_fen - self.received_due_fen

    @property
    def received_due_fen(self) -> int:
        """Return what of the money that came is taken off what fell due, in fen."""
        return 0 if self.is_by_plan else min(self.received_fen, self.owed.today_fen)

    @property
    def payoff_fen(self) -> int:
        """Return what paying it off today takes, in fen, less what came."""
        return max(0, self.owed.payoff_fen - self.received_fen)

    @property
    def coming(self) -> NextDue | None:
        """Return what falls due next: of a plan, kept or open, also what falls due today."""
        if self.is_by_plan:
            return coming_of(self.kept, self.opened)
        return NextDue(self.next_due.due_on, self.next_due.total_fen) if self.next_due else None

    @property
    def may_propose(self) -> bool:
        """Whether the borrower may propose a plan on the loan now."""
        return self.refusal is None

    @property
    def stopped_on(self) -> date | None:
        """Return the day from which a submitted plan lets nothing more accrue."""
        return self.owed.as_of if self.owed.as_of < self.today else None


@dataclass(frozen=True)
class LoanPage:
    """A loan with the lines of its explanation by section."""

    loan: LoanView
    lines: Mapping[str, tuple[Line, ...]]
    schedule: tuple[Instalment, ...]
    is_stale: bool


def loans_of(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    contacts: ContactSummary,
    policy: Policy,
) -> tuple[LoanView, ...]:
    """Return every loan of a borrower, the longest past due first."""
    today = beijing_date(context.now)
    found = figures_of(session, borrower_id=borrower_id, policy=policy, today=today)
    views = [loan_view(one, contacts=contacts, policy=policy, today=today) for one in found]
    # A stable sort: loans equally late keep the order of the book.
    return tuple(sorted(views, key=lambda one: -one.days_past_due))


def loan_page(session: Session, context: Context, *, borrower_id: int, public_id: str) -> LoanPage:
    """Return one loan of a borrower with its whole explanation.

    Raises: NotFound, also for another borrower's loan.
    """
    _version, policy = active_policy(session)
    today = beijing_date(context.now)
    # All of them: what the page offers beside, breathing space, asks for them too.
    mine = figures_of(session, borrower_id=borrower_id, policy=policy, today=today)
    found = next((one for one in mine if one.loan.public_id == public_id), None)
    if found is None:
        raise NotFound
    contacts = contact_summary(session, borrower_id=borrower_id)
    return explained(found, contacts=contacts, policy=policy, today=today)


def explained(
    figures: Figures, *, contacts: ContactSummary, policy: Policy, today: date
) -> LoanPage:
    """Return a loan with its explanation."""
    view = loan_view(figures, contacts=contacts, policy=policy, today=today)
    sections: dict[str, tuple[Line, ...]] = {}
    # After a break its own lines tell it (`back`): what was paid in part has no plain line here.
    is_back = view.back is not None and not view.back.is_by_file
    for line in explain(figures.terms, figures.owed):
        if is_back and line.section not in SUMS:
            continue
        sections[line.section] = (*sections.get(line.section, ()), line)
    return LoanPage(
        view, sections, schedule(figures.terms), is_stale(policy, (today - view.as_of_on).days)
    )


def loan_view(
    figures: Figures, *, contacts: ContactSummary, policy: Policy, today: date
) -> LoanView:
    """Shape a loan's figures for its borrower."""
    loan, owed = figures.loan, figures.owed
    facts = facts_of(figures, touched_on=contacts.touched_on, policy=policy, today=today)
    refusal = _refusal(figures, facts, policy)
    kept = kept_plan(figures.proposals, loan=loan.public_id, today=today)
    is_done = kept is not None and kept.is_done
    # Counted to today although the figures may stand still: days past due say how late it is and go
    # on (ADR 0005).
    days = (today - owed.overdue[0].due_on).days if owed.overdue else 0
    # A visit of an earlier time of arrears says nothing about this one.
    since = today - timedelta(days=days)

    return LoanView(
        id=loan.id,
        public_id=loan.public_id,
        ref=loan.ref,
        product=loan.product,
        as_of_on=loan.as_of_on,
        terms=figures.terms,
        paid=owed.paid,
        owed=owed,
        today=today,
        days_past_due=days,
        stage=None
        if is_done
        else stage(
            days_past_due=days,
            negotiating=figures.negotiation is not None,
            visited=contacts.visited_on is not None and contacts.visited_on > since,
        ),
        next_due=next(
            (one for one in schedule(figures.terms)[owed.paid :] if one.due_on > today), None
        ),
        plan=_plan_note(figures, policy, today),
        # A loan of which nothing is left may well be gone from the file.
        is_missing=facts.missing and not is_done,
        is_checking=facts.discrepancy,
        is_time_barred=is_time_barred(
            policy, last_due_on=loan.last_due_on, last_touch_on=facts.last_touch_on, as_of=today
        ),
        principal_first=is_principal_first(loan, days_past_due=days),
        refusal=refusal.code if refusal else None,
        advice=refusal.message if refusal else "",
        kept=kept,
        opened=open_plan(figures.negotiation, loan=loan.public_id, today=today),
        change=_note(figures.change, True, today) if figures.change else None,
        done=_done(figures),
        begins_hold=not facts.hold_ended_lately,
        is_small=owed.payoff_fen < policy.plans.small_debt_fen,
        received_fen=figures.received_fen,
        # Once another plan is kept, that is its book.
        back=None if kept else figures.back,
    )


def _done(figures: Figures) -> DonePlan | None:
    last = figures.completed
    return DonePlan(last.plan.id, last.agreement) if last and last.agreement else None


def _refusal(figures: Figures, facts: PlanFacts, policy: Policy) -> MayNotPropose | None:
    try:
        may_propose(policy, facts, figures.owed, figures.loan.last_due_on)
    except MayNotPropose as refusal:
        return refusal
    return None


def _plan_note(figures: Figures, policy: Policy, today: date) -> PlanNote | None:
    """Return the negotiation that runs, else one that ended while an appeal against it may be
    filed, or could be.
    """
    running = figures.negotiation
    if running is not None:
        return _note(running, True, today)

    last = next(iter(figures.proposals[-1:]), None)
    if last is None or last.state not in TOLD_AFTERWARDS:
        return None

    decided_at = last.version.decided_at
    # A refusal that is appealed has no end of its own; its day is that of the answer.
    on = beijing_date(decided_at) if last.state == "refused" and decided_at else last.ended_on

    return _note(last, False, today) if on and today <= appeal_until(policy, on) else None


def _note(proposal: Proposal, is_running: bool, today: date) -> PlanNote:
    version, state = proposal.version, proposal.state
    by_on = proposal.case.answer_by_on
    is_ours = state in UNANSWERED and not proposal.asked_in
    return PlanNote(
        public_id=version.public_id,
        number=proposal.plan.number,
        state=state,
        is_running=is_running,
        answer_by_on=by_on,
        valid_until_on=beijing_date(version.valid_until_at) if version.valid_until_at else None,
        asked_in=proposal.asked_in,
        loans=loans_named(version.terms),
        is_late=is_ours and by_on is not None and by_on < today,
    )
