"""Breathing space: thirty days in which nobody contacts a borrower, once in twelve months, on
request.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.domain.arrears import growth_fen
from app.domain.calendar import beijing_date, end_of
from app.domain.errors import RuleBroken
from app.domain.policy import Policy
from app.domain.texts import N_
from app.models import Borrower, Hold
from app.services.contact.records import BREATHING, HoldsOf, holds_of
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.holds.standing import BreathingOffer, LoanAsked, breathing_standing
from app.services.loans.figures import Figures, figures_of, owed_for
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import site_values, sms_text

ROUTE = "breathing.begin"


class BreathingUsed(RuleBroken):
    """Once in the policy's months on request; more is decided by a person."""

    code = "breathing_used"
    message = N_("这一次已经用过了。还需要的话，请和同事说，由人来定")


@dataclass(frozen=True)
class LoanGrowth:
    """What a loan grows by while nobody contacts its borrower.

    Units: fen.
    """

    product: str
    tail: str
    fen: int


@dataclass(frozen=True)
class Breathing:
    """What the page says before it is begun, and how it stands; `until_on` is the last day, of the
    running one where one runs.

    Units: fen.
    """

    offer: BreathingOffer
    days: int
    every_months: int
    until_on: date
    loans: tuple[LoanGrowth, ...]

    @property
    def total_fen(self) -> int:
        """Return the interest and penalty of those days over all loans, in fen."""
        return sum(one.fen for one in self.loans)


def breathing(session: Session, context: Context, *, borrower_id: int) -> Breathing:
    """Return what a breathing space would cost and whether it may begin.

    Source: default policy, breathing space.
    """
    policy = active_policy(session)[1]
    counted = _counted(session, context, borrower_id, policy)
    holds = holds_of(session, context, borrower_id=borrower_id)
    last = holds.last_breathing
    until_on = context.today + timedelta(days=policy.holds.breathing_days)
    if last is not None and last.until_at is not None and last.until_at > context.now:
        until_on = beijing_date(last.until_at)

    return Breathing(
        offer=_offer(context, counted, holds, policy),
        days=policy.holds.breathing_days,
        every_months=policy.holds.breathing_every_months,
        until_on=until_on,
        # A loan with an open or kept plan does not grow by these days.
        loans=tuple(_growth(one, until_on, policy) for one in counted if one.negotiation is None),
    )


def breathing_offer(session: Session, context: Context, *, borrower_id: int) -> BreathingOffer:
    """Tell whether a page may offer breathing space to a borrower, by the rule of the use case.

    Source: default policy, breathing space.
    """
    policy = active_policy(session)[1]
    counted = _counted(session, context, borrower_id, policy)
    holds = holds_of(session, context, borrower_id=borrower_id)
    return _offer(context, counted, holds, policy)


def begin_breathing(
    session: Session, context: Context, *, borrower_id: int, request_key: str
) -> None:
    """Hold contact on all loans of a borrower for the policy's days and tell them; interest and
    penalty go on.

    Idempotent on: request_key for one borrower.
    Raises: BreathingUsed, also where it would be of no use now.
    Source: default policy, breathing space; C-01, U21.
    """
    request = Request(context.actor.who, ROUTE, request_key)
    with transaction(session):
        # A double tap waits here: two requests must not begin two.
        borrower = session.get_one(Borrower, borrower_id, with_for_update={"key_share": True})
        if reply_before(session, request=request) is not None:
            return

        # Computed anew under the lock: what the page said may be a day old.
        found = breathing(session, context, borrower_id=borrower_id)
        if not found.offer.is_open:
            raise BreathingUsed

        hold = Hold(
            borrower_id=borrower_id,
            loan_id=None,
            cause=BREATHING,
            from_at=context.now,
            until_at=end_of(found.until_on),
        )
        session.add(hold)
        keep_reply(session, context, request=request)
        _tell(session, context, borrower, hold, until_on=found.until_on)

        audit.record(
            session,
            context,
            action="hold.began",
            object_kind="hold",
            object_id=str(hold.id),
            after={
                "cause": BREATHING,
                "until_on": found.until_on.isoformat(),
                "told_growth_fen": found.total_fen,
            },
        )


def _tell(
    session: Session, context: Context, borrower: Borrower, hold: Hold, *, until_on: date
) -> None:
    text = sms_text(
        "breathing_began",
        language=borrower.language,
        **site_values(context.site),
        until=until_on,
    )

    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="service",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=text,
        borrower_id=borrower.id,
        key=f"breathing-began:{hold.id}",
        about=Occasion("hold", str(hold.id)),
    )


def _counted(session: Session, context: Context, borrower_id: int, policy: Policy) -> list[Figures]:
    figures = figures_of(session, borrower_id=borrower_id, policy=policy, today=context.today)
    # A missing loan has no figure to name, and the page names the sum before anyone taps
    # (ADR 0012).
    return [one for one in figures if one.loan.missing_since_on is None and one.owed.payoff_fen]


def _offer(
    context: Context, counted: list[Figures], holds: HoldsOf, policy: Policy
) -> BreathingOffer:
    loans = [
        LoanAsked(one.loan.id, True, one.owed.today_fen > 0, one.negotiation is not None)
        for one in counted
    ]
    return breathing_standing(
        loans,
        last=holds.last_breathing,
        holds=holds.running,
        policy=policy,
        now=context.now,
    )


def _growth(figures: Figures, until_on: date, policy: Policy) -> LoanGrowth:
    """Days on which nothing accrued stay free, as they are for what is owed today."""
    loan = figures.loan
    pauses = [one.pause for one in figures.proposals if one.pause]
    later = owed_for(figures, as_of=until_on, policy=policy, pauses=pauses)
    return LoanGrowth(loan.product, loan.ref[-4:], growth_fen(figures.owed, later))
