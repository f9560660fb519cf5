"""Breathing space: thirty days in which nobody contacts a borrower, once in twelve months, on
request.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from app.domain.arrears import growth_fen
from app.domain.calendar import beijing_date, end_of
from app.domain.errors import RuleBroken
from app.domain.policy import Policy
from app.domain.texts import N_
from app.models import Borrower, Hold, Loan
from app.services.contact.records import (
    BREATHING,
    breathing_again_on,
    last_breathing,
    running_holds,
)
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.loans.figures import Figures, figures_where, owed_on
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import site_values, sms_text

ROUTE = "breathing.begin"
Standing = Literal["open", "running", "used", "covered", "none"]


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
    """What the page says before it is begun, and how it stands.

    `standing`: open to ask for; running; used within the policy's months; covered, where every
    overdue loan is on hold for a plan, in progress or kept; none, where nothing is owed. `until_on`
    is the last day, of the running one where one runs.
    Units: fen.
    """

    standing: Standing
    days: int
    every_months: int
    until_on: date
    again_on: date | None
    loans: tuple[LoanGrowth, ...]

    @property
    def total_fen(self) -> int:
        """Return the interest and penalty of those days over all loans, in fen."""
        return sum(one.fen for one in self.loans)


def breathing(session: Session, context: Context, *, borrower_id: int) -> Breathing:
    """Return what a breathing space would cost and whether it may begin.

    Source: default policy, breathing space.
    """
    _version, policy = active_policy(session)
    today = beijing_date(context.now)
    figures = figures_where(session, Loan.borrower_id == borrower_id, policy=policy, today=today)
    # A missing loan has no figure to name, and the page names the sum before anyone taps
    # (ADR 0012).
    counted = [one for one in figures if one.loan.missing_since_on is None and one.owed.payoff_fen]
    last = last_breathing(session, borrower_id=borrower_id)
    until_on = today + timedelta(days=policy.holds.breathing_days)
    if last is not None and last.until_at is not None and last.until_at > context.now:
        until_on = beijing_date(last.until_at)

    return Breathing(
        standing=_standing(session, context, counted, last, policy),
        days=policy.holds.breathing_days,
        every_months=policy.holds.breathing_every_months,
        until_on=until_on,
        again_on=breathing_again_on(last, policy=policy, now=context.now),
        # A loan with an open or kept plan does not grow by these days.
        loans=tuple(_growth(one, until_on, policy) for one in counted if one.negotiation is None),
    )


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
        borrower = session.get_one(Borrower, borrower_id, with_for_update=True)
        if reply_before(session, request=request) is not None:
            return

        # Computed anew under the lock: what the page said may be a day old.
        found = breathing(session, context, borrower_id=borrower_id)
        if found.standing != "open":
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


def _standing(
    session: Session, context: Context, counted: list[Figures], last: Hold | None, policy: Policy
) -> Standing:
    if last is not None and last.until_at is not None and last.until_at > context.now:
        return "running"

    again_on = breathing_again_on(last, policy=policy, now=context.now)
    if again_on is not None and beijing_date(context.now) < again_on:
        return "used"
    if not counted:
        return "none"

    overdue = [one for one in counted if one.owed.days_past_due]
    holds = running_holds(session, context, borrower_id=counted[0].loan.borrower_id)
    # not every plan in progress holds contact (ADR 14)
    held = {one.loan_id for one in holds if one.until_at is None}
    # an offer that is over does not
    is_held = [one.negotiation is not None and one.loan.id in held for one in overdue]

    # Offering it where contact is on hold anyway would let people spend it for nothing (ADR 0012).
    return "covered" if overdue and all(is_held) else "open"


def _growth(figures: Figures, until_on: date, policy: Policy) -> LoanGrowth:
    """Days on which nothing accrued stay free, as they are for what is owed today."""
    loan = figures.loan
    pauses = [one.pause for one in figures.proposals if one.pause]
    later = owed_on(loan, figures.snapshot, as_of=until_on, policy=policy, pauses=pauses)
    return LoanGrowth(loan.product, loan.ref[-4:], growth_fen(figures.owed, later))
