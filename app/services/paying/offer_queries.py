"""What a borrower may pay here now: plans and loans, the sums offered, the channels. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.paying import NothingToPay, OfferedSums, sums_of_loan, sums_of_plan
from app.domain.repayments.directory import Destination
from app.models import Agreement, Plan, PlanVersion
from app.ports.payments import Scene
from app.services.contact.records import contact_summary
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.keeping.accounts import KeptStanding, SignedPlan, kept_standings
from app.services.loans.kept_plans import KeptPlan, kept_since
from app.services.loans.queries import LoanView, loan_page, loans_of


class ChannelChoice(NamedTuple):
    """A channel that may be chosen, or that only works outside the app the phone is in."""

    code: str
    channel: str
    is_here: bool


class Payable(NamedTuple):
    """A plan or a loan that can be paid: one of the two, and what it asks now. Units: fen."""

    asked_fen: int
    kept: KeptPlan | None = None
    loan: LoanView | None = None


@dataclass(frozen=True)
class PayOffer:
    """What is offered for one plan or loan, for the page that asks how much."""

    destination: Destination
    sums: OfferedSums
    kept: KeptPlan | None = None
    loan: LoanView | None = None


def plan_offer(session: Session, context: Context, *, borrower_id: int, agreement: str) -> PayOffer:
    """Return what is offered for a borrower's signed plan.

    Raises: NotFound, also for an agreement of someone else; NothingToPay where it is paid; NoQuote.
    Source: rules part 1, how a signed plan is kept: money ahead, quote.
    """
    signed, stands = own_plan(session, context, borrower_id=borrower_id, agreement=agreement)
    sums = sums_of_plan(stands.account, context.today)
    kept = kept_since(signed, stands, agreement=agreement, today=context.today)
    return PayOffer(Destination("plan", signed.plan.number), sums, kept=kept)


def loan_offer(session: Session, context: Context, *, borrower_id: int, public_id: str) -> PayOffer:
    """Return what is offered for a loan on which no plan runs.

    Raises: NotFound, also for someone else's loan; NothingToPay, also where a person looks first.
    Source: rules part 1, a loan without a plan; M-17.
    """
    loan = loan_page(session, context, borrower_id=borrower_id, public_id=public_id).loan
    if not is_payable(loan):
        raise NothingToPay
    coming = loan.next_due.total_fen if loan.next_due and not loan.opened else 0
    sums = sums_of_loan(due_fen=loan.today_fen, next_fen=coming, all_fen=loan.payoff_fen)
    return PayOffer(Destination("loan", loan.ref), sums, loan=loan)


def is_payable(loan: LoanView) -> bool:
    """Whether a loan is paid by itself here: no plan runs, and nobody has to look at it before."""
    # A little of a time-barred debt would give its defence away (M-17).
    is_sure = not (loan.is_missing or loan.is_time_barred)
    return loan.kept is None and is_sure and loan.payoff_fen > 0


def payables(session: Session, context: Context, *, borrower_id: int) -> tuple[Payable, ...]:
    """Return every plan and loan that a borrower can pay here, what asks for something now first.

    Source: rules part 1, a loan without a plan.
    """
    _version, policy = active_policy(session)
    contacts = contact_summary(session, borrower_id=borrower_id)
    loans = loans_of(session, context, borrower_id=borrower_id, contacts=contacts, policy=policy)
    found = (
        *_plans(loans),
        *(Payable(one.today_fen, loan=one) for one in loans if is_payable(one)),
    )
    return tuple(sorted(found, key=lambda one: not one.asked_fen))


def _plans(loans: Iterable[LoanView]) -> Iterable[Payable]:
    """Return the plans that run, each once, however many loans it covers."""
    kept = {one.kept.number: one.kept.together for one in loans if one.kept and not one.is_done}
    return (Payable(one.due_fen, kept=one) for one in kept.values())


def channels_in(context: Context, *, scene: Scene) -> tuple[ChannelChoice, ...]:
    """Return the channels of this installation, those that work where the phone is first."""
    every = (
        ChannelChoice(one.code, one.channel, scene in one.scenes())
        for one in context.gateways.payments.values()
    )
    return tuple(sorted(every, key=lambda one: not one.is_here))


def own_plan(
    session: Session, context: Context, *, borrower_id: int, agreement: str
) -> tuple[SignedPlan, KeptStanding]:
    """Return a borrower's signed plan with where it stands today.

    Raises: NotFound, also for an agreement of someone else.
    """
    query = (
        select(Plan, PlanVersion, Agreement.signed_at)
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        # Numbers count upwards and are easily guessed; the borrower is part of every question.
        .where(Agreement.number == agreement, Plan.borrower_id == borrower_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    signed = SignedPlan(*row)
    return signed, kept_standings(session, signed=(signed,), as_of=context.today)[signed.plan.id]
