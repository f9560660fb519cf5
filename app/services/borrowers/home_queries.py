"""The borrower's home page: one screen that says what comes next, and what is owed today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.evidence import NEEDS
from app.domain.plan import summed
from app.domain.policy import is_stale
from app.domain.proposing import NotOverdue
from app.domain.stages import Stage
from app.services.borrowers.beside_queries import Drafted, beside_loans
from app.services.borrowers.home_plans import (
    CertifiedPlan,
    HomePlan,
    certified_plans,
    plans_on,
)
from app.services.certificates.queries import certificates_of
from app.services.contact.records import (
    ContactSummary,
    RunningHold,
    longest_hold,
)
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.holds.standing import BreathingOffer, LoanAsked, breathing_standing
from app.services.loans.kept_plans import KeptPlan
from app.services.loans.queries import LoanView, NextDue, loans_of
from app.services.threads.queries import UnreadAnswers

NextKind = Literal[
    "continue",
    "propose",
    "sign",
    "counter",
    "document",
    "reply",
    "pay",
    "wait",
    "person",
    "checking",
    "calm",
    "none",
]

EventKind = Literal["offer_ends", "answer", "due", "hold_ends"]


@dataclass(frozen=True)
class Totals:
    """What fell due up to today over all loans but the missing, by component; of a loan with a plan
    by the plan; `resting_fen` is what the contracts asked for where a plan is open.

    Units: fen; the parts less `taken_off_fen` and `received_fen` sum to today_fen; payoff_fen
           leaves loans with a kept plan out.
    """

    principal_fen: int
    interest_fen: int
    penalty_fen: int
    fee_fen: int
    due_today_fen: int
    taken_off_fen: int
    today_fen: int
    payoff_fen: int
    resting_fen: int
    # What came and is in no file yet.
    received_fen: int = 0


@dataclass(frozen=True)
class ComingEvent:
    """One day to come of the time line: our answer to a plan, the end of an offer, a payment, the
    end of a hold.

    Units: fen.
    """

    on: date
    kind: EventKind
    loan: LoanView | None = None
    amount_fen: int = 0


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next, and the loan it is about; `is_entered`: staff filled in the answers
    that wait.
    """

    kind: NextKind
    loan: LoanView | None = None
    is_entered: bool = False


@dataclass(frozen=True)
class Home:
    """All that the home page shows."""

    today: date
    loans: tuple[LoanView, ...]
    counted: int
    totals: Totals
    as_of_on: date | None
    is_stale: bool
    next: NextStep
    next_due: tuple[LoanView, NextDue] | None
    hold: RunningHold | None
    held: frozenset[int | None]
    events: tuple[ComingEvent, ...]
    contacts: ContactSummary
    unread: UnreadAnswers | None
    breathing: BreathingOffer
    certified: tuple[CertifiedPlan, ...] = ()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return every stage, for their meanings."""
        return tuple(Stage)

    @property
    def plans(self) -> tuple[HomePlan, ...]:
        """Return every plan that is told of, once."""
        return plans_on(self.loans)

    @property
    def may_pay_off(self) -> tuple[KeptPlan, ...]:
        """Return the signed plans that can be paid off before their end, each once."""
        kept = (one.kept for one in self.plans if one.kept)
        return tuple(one for one in kept if one.stands.state in ("active", "in_cure"))

    @property
    def broken(self) -> tuple[str, ...]:
        """Return the agreements of plans that were broken and left their loans to the contract."""
        return tuple(dict.fromkeys(one.back.agreement for one in self.loans if one.back))

    @property
    def next_plan(self) -> HomePlan | None:
        """Return the plan of the loan that the next step is about."""
        return next((one for one in self.plans if one.has(self.next.loan)), None)

    @property
    def by_plan(self) -> tuple[LoanView, ...]:
        """Return the loans whose plan is kept or open."""
        return tuple(one for one in self.loans if one.is_by_plan and not one.is_missing)

    def is_certified(self, plan: HomePlan) -> bool:
        """Whether a plan was kept to its end and its certificate is told instead of it."""
        return plan.kept is not None and plan.kept.agreement in {
            one.agreement for one in self.certified
        }

    def is_held(self, loan: LoanView) -> bool:
        """Whether a hold keeps everyone from contacting the borrower about a loan."""
        return None in self.held or loan.id in self.held

    @property
    def is_quiet(self) -> bool:
        """Whether a hold runs on every loan."""
        return bool(self.held) and all(self.is_held(one) for one in self.loans)

    @property
    def watched(self) -> LoanView | None:
        """Return the loan whose stage the page tells: the longest past due that may still be acted
        on.
        """
        # What nobody can act on yet, missing or time-barred, must not stand in front of a loan that
        # can be helped.
        staged = [
            one for one in self.loans if one.stage and not one.is_missing and not one.is_time_barred
        ]
        return next((one for one in staged if one.may_propose), None) or next(iter(staged), None)

    @property
    def payable(self) -> LoanView | None:
        """Return the loan to pay first: the longest past due of those nobody has to look at before
        (M-17).
        """
        # A time-barred loan is never asked for: paying a little of it would give its defence away
        # (M-17).
        sure = [
            one
            for one in self.loans
            if not one.is_missing and not one.is_time_barred and not one.kept
        ]
        return next((one for one in sure if one.owed.payoff_fen), None)

    @property
    def kept(self) -> tuple[LoanView, ...]:
        """Return the loans whose plan was signed and runs."""
        return tuple(one for one in self.loans if one.kept)


def home(session: Session, context: Context, *, borrower_id: int) -> Home:
    """Return the home page of a borrower: two queries however many loans, more where one has a plan
    or has had one.
    """
    _version, policy = active_policy(session)
    today = beijing_date(context.now)
    beside = beside_loans(session, context, borrower_id=borrower_id)
    contacts, holds = beside.contacts, beside.holds.running
    loans = loans_of(session, context, borrower_id=borrower_id, contacts=contacts, policy=policy)
    counted = [one for one in loans if not one.is_missing]
    done = certificates_of(session, plan_ids={one.done.id for one in loans if one.done})
    # The newest, since a loan that the last file left out would make everything else look old.
    as_of_on = max((one.as_of_on for one in counted), default=None)

    return Home(
        today=today,
        loans=loans,
        counted=len(counted),
        totals=totals_of(counted),
        as_of_on=as_of_on,
        is_stale=as_of_on is not None and is_stale(policy, (today - as_of_on).days),
        next=_next_step(loans, beside.drafted),
        next_due=_next_due(counted),
        hold=longest_hold(holds),
        held=frozenset(one.loan_id for one in holds),
        events=_events(counted, longest_hold(holds)),
        contacts=contacts,
        unread=beside.unread,
        breathing=breathing_standing(
            [_asked(one) for one in counted],
            last=beside.holds.last_breathing,
            holds=holds,
            policy=policy,
            now=context.now,
        ),
        certified=certified_plans(loans, done),
    )


def _asked(loan: LoanView) -> LoanAsked:
    has_plan = loan.plan is not None and loan.plan.is_running
    return LoanAsked(loan.id, bool(loan.owed.payoff_fen), loan.owed.today_fen > 0, has_plan)


def totals_of(loans: Iterable[LoanView]) -> Totals:
    """Add up what is owed today.

    Units: fen.
    """
    shown = tuple(loans)
    owed = [one.owed for one in shown if not one.is_by_plan]
    kept = [one.kept for one in shown if one.kept is not None]
    # A kept plan is the book of its loan: what fell due by it, not what its contract would say
    # (ADR 0024).
    past = summed(one.past for one in kept)
    principal = sum(one.overdue_principal_fen for one in owed) + past.principal_fen
    interest = sum(one.interest_fen for one in owed) + past.interest_fen
    penalty = sum(one.penalty_fen for one in owed) + past.penalty_fen
    fee = sum(one.fee_fen for one in owed) + past.fee_fen
    due_today = sum(one.due_today_fen for one in owed) + sum(one.due_today_fen for one in kept)
    today = sum(one.today_fen for one in shown)
    received = sum(one.received_due_fen for one in shown)

    return Totals(
        principal_fen=principal,
        interest_fen=interest,
        penalty_fen=penalty,
        fee_fen=fee,
        due_today_fen=due_today,
        # What is left over is the excess over the ceiling; taken as the difference, the lines
        # always sum to the figure below them.
        taken_off_fen=principal + interest + penalty + fee + due_today - today - received,
        today_fen=today,
        # may be paid off while a plan is open, but no more once one is kept
        payoff_fen=sum(one.payoff_fen for one in shown if one.kept is None),
        resting_fen=sum(one.resting_fen for one in shown),
        received_fen=received,
    )


def _goes_on(loan: LoanView, drafted: Mapping[int, Drafted]) -> bool:
    """Whether answers wait at a loan that can still be submitted; one that is not overdue is put
    off, which every other reason against a plan would keep it from as well.
    """
    draft = drafted.get(loan.id)
    if draft is None:
        return False
    return loan.may_propose or (draft.is_deferral and loan.refusal == NotOverdue.code)


def _next_step(loans: tuple[LoanView, ...], drafted: Mapping[int, Drafted]) -> NextStep:
    """Return what helps most now: an answer to act on, then a way out, then what to wait for."""
    open_to_all = [one for one in loans if one.may_propose]
    # The order is the rule here: the first kind that has a loan is the one thing the page asks for.
    choices: list[tuple[NextKind, list[LoanView]]] = [
        (
            "sign",
            sorted(
                (one for one in loans if one.plan and one.plan.state == "approved"),
                # The offer that ends first; an end is not known of versions without one.
                key=lambda one: (one.plan and one.plan.valid_until_on) or date.max,
            ),
        ),
        (
            "counter",
            sorted(
                (one for one in loans if one.plan and one.plan.state == "countered"),
                key=lambda one: (one.plan and one.plan.valid_until_on) or date.max,
            ),
        ),
        ("document", [one for one in loans if one.plan and one.plan.state == NEEDS]),
        ("reply", [one for one in loans if one.plan and one.plan.asked_in]),
        (
            "continue",
            sorted(
                (one for one in loans if _goes_on(one, drafted)),
                # What staff filled in comes first: its borrower was told by SMS that it waits.
                key=lambda one: not drafted[one.id].is_entered,
            ),
        ),
        ("pay", [one for one in loans if one.kept and not one.is_missing and not one.is_done]),
        ("propose", open_to_all),
        ("wait", [one for one in loans if one.plan and one.plan.is_running and not one.is_done]),
        ("person", [one for one in loans if one.refusal == "time_barred"]),
        ("checking", [one for one in loans if one.is_missing]),
        ("calm", list(loans)),
    ]
    chosen = ((kind, found[0]) for kind, found in choices if found)

    return next(
        (
            NextStep(kind, loan, loan.id in drafted and drafted[loan.id].is_entered)
            for kind, loan in chosen
        ),
        NextStep("none"),
    )


def _next_due(loans: Sequence[LoanView]) -> tuple[LoanView, NextDue] | None:
    # A plan's payment is one, however many loans it covers.
    whole = {plan.note.public_id: plan.coming for plan in plans_on(loans)}
    each = (
        (one, whole[one.plan.public_id] if one.plan and one.is_by_plan else one.coming)
        for one in loans
    )
    coming = [(loan, due) for loan, due in each if due is not None]
    return min(coming, key=lambda pair: pair[1].due_on, default=None)


def _events(loans: list[LoanView], hold: RunningHold | None) -> tuple[ComingEvent, ...]:
    """Return the days to come in their order; on one day what asks for an act goes first."""
    found: list[ComingEvent] = []
    for plan in plans_on(loans):
        note, one = plan.note, plan.loans[0]
        if note.state == "approved" and note.valid_until_on:
            found.append(ComingEvent(note.valid_until_on, "offer_ends", one))
        elif note.is_running and note.answer_by_on and not note.is_theirs:
            found.append(ComingEvent(note.answer_by_on, "answer", one))
    if due := _next_due(loans):
        found.append(ComingEvent(due[1].due_on, "due", due[0], due[1].amount_fen))
    if hold and hold.until_at:
        found.append(ComingEvent(beijing_date(hold.until_at), "hold_ends"))

    order = get_args(EventKind)
    return tuple(sorted(found, key=lambda one: (one.on, order.index(one.kind))))
