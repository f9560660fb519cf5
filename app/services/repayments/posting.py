"""Whose a payment is, put on record and taken off again: steps of the use cases that do so. They
never commit.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.repayments.directory import Destination
from app.domain.repayments.traits import MatchReason
from app.domain.states import BROKEN, REPLACED
from app.domain.texts import N_
from app.models import Loan, Match, Payment, Plan, PlanLoan
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import line_up_at_loans
from app.services.upholding.following import follow

# What was seen is left out of these: the end of an account is somebody's.
PERSONAL = frozenset({"account"})


class PaymentMoved(RuleBroken):
    """Someone else was first, or the payment never was in a state for this."""

    code = "payment_moved"
    message = N_("这笔款的状态已经变了，请刷新后再看")


class PaymentReversed(RuleBroken):
    """The payment was taken back; what it was matched to stays as it is."""

    code = "payment_reversed"
    message = N_("这笔款已经冲正，不能再改")


class ReversalKept(RuleBroken):
    """A reversal is no money for anyone: it goes where its payment went, or stays as it came."""

    code = "reversal"
    message = N_("这是一笔冲正，只能跟着原来那笔款走")


class SharesUneven(RuleBroken):
    """The shares are not the whole payment, or name one plan or loan twice."""

    code = "shares_uneven"
    message = N_("分到各处的金额加起来要正好等于这笔款，每处只写一次")


class CarriedOver(RuleBroken):
    """The money lies with an agreement that another took the place of: what that one began with
    rests on it.
    """

    code = "carried_over"
    message = N_(
        "这笔款所在的协议已经由新的协议取代，余下的是按它算的，不能再动；请联系主管，和本人商量"
    )


class Share(NamedTuple):
    """What of a payment is for one plan or loan. Units: fen."""

    destination: Destination
    fen: int


class Ends(NamedTuple):
    """Ids of plans and loans that money is laid on."""

    plans: dict[str, int]
    loans: dict[str, int]

    def columns(self, destination: Destination) -> dict[str, int | None]:
        """Return the columns of a match that name one of them."""
        if destination.kind == "plan":
            return {"plan_id": self.plans[destination.ref], "loan_id": None}
        return {"plan_id": None, "loan_id": self.loans[destination.ref]}


def place(
    session: Session,
    context: Context,
    *,
    payment: Payment,
    shares: Sequence[Share],
    rule: str,
    reasons: Sequence[MatchReason],
    actor: str,
) -> None:
    """Lay a payment on plans and loans; the last step of a use case but its own rows.

    Locks loans and plans first, then the payment, and reads it anew.
    Units:  fen; the shares are the whole payment.
    Raises: NotFound for a plan or loan that is not known; SharesUneven; ReversalKept; PaymentMoved
            unless it is unmatched, PaymentReversed where it was taken back.
    """
    if payment.reverses_ref:
        raise ReversalKept
    check_shares(shares, payment.fen)
    ends = lock_ends(session, destinations=[one.destination for one in shares])
    lock_payment(session, payment=payment, state="unmatched")
    told = {"rule": rule, "reasons": reasons_kept(reasons), "actor": actor, "at": context.now}
    add_matches(session, payment=payment, shares=shares, ends=ends, told=told)
    after_money(session, context, plan_ids=ends.plans.values(), loan_ids=ends.loans.values())
    audit.record(
        session,
        context,
        action="payment_matched",
        object_kind="payment",
        object_id=payment.public_id,
        before={"state": "unmatched"},
        after={"state": "matched", "rule": rule, "shares": shares_told(shares)},
    )


def take_off(session: Session, context: Context, *, payment: Payment, actor: str) -> None:
    """Undo what a payment is matched to, so that a person says again whose it is; the matches stay
    on record as undone.

    Locks as `place`.
    Raises: ReversalKept; CarriedOver; PaymentMoved unless it is matched, PaymentReversed where it
            was taken back.
    """
    if payment.reverses_ref:
        raise ReversalKept
    before = [match.id for match in standing_matches(session, payment_id=payment.id)]
    shares = shares_of(session, payment_id=payment.id)
    ends = lock_ends(session, destinations=[one.destination for one in shares])
    check_not_carried(session, destinations=[one.destination for one in shares])
    lock_payment(session, payment=payment, state="matched")
    matches = standing_matches(session, payment_id=payment.id)
    if [match.id for match in matches] != before:
        raise PaymentMoved
    for match in matches:
        match.undone_at, match.undone_by = context.now, actor
    payment.state, payment.reason = "unmatched", "undone"
    session.flush()
    after_money(session, context, plan_ids=ends.plans.values(), loan_ids=ends.loans.values())
    audit.record(
        session,
        context,
        action="payment_taken_off",
        object_kind="payment",
        object_id=payment.public_id,
        before={"state": "matched", "shares": shares_told(shares)},
        after={"state": "unmatched"},
    )


def is_carried_over(session: Session, *, destinations: Collection[Destination]) -> bool:
    """Tell whether money lies with an agreement that was replaced, also where it came for a loan
    before that was signed.

    Source: rules part 1, how a signed plan is kept: change; ADR 0081.
    """
    numbers = {one.ref for one in destinations if one.kind == "plan"}
    refs = {one.ref for one in destinations if one.kind == "loan"}
    covered = (
        select(PlanLoan.plan_id).join(Loan, Loan.id == PlanLoan.loan_id).where(Loan.ref.in_(refs))
    )
    gone = select(Plan.id).where(
        Plan.state == REPLACED, Plan.number.in_(numbers) | Plan.id.in_(covered)
    )
    return session.scalar(gone.limit(1)) is not None


def check_not_carried(session: Session, *, destinations: Collection[Destination]) -> None:
    """Pass where money may be taken off what it lies on. Raises: CarriedOver."""
    if is_carried_over(session, destinations=destinations):
        raise CarriedOver


def after_money(
    session: Session,
    context: Context,
    *,
    plan_ids: Collection[int],
    loan_ids: Collection[int] = (),
) -> None:
    """See to everything that follows from other money on plans and loans, in the transaction that
    laid it; the plans' rows are locked. Money for a loan whose plan was broken is that plan's.
    """
    covers = select(PlanLoan.plan_id).where(PlanLoan.loan_id.in_(loan_ids))
    broken = select(Plan.id).where(Plan.id.in_(covers), Plan.state == BROKEN)
    theirs = session.scalars(broken).all() if loan_ids else ()
    follow(session, context, plan_ids={*plan_ids, *theirs})


def check_shares(shares: Sequence[Share], fen: int) -> None:
    """Raises: SharesUneven unless the shares are the whole sum, each of it and each once."""
    ends = {one.destination for one in shares}
    is_each_some = all(one.fen > 0 for one in shares)
    if sum(one.fen for one in shares) != fen or len(ends) != len(shares) or not is_each_some:
        raise SharesUneven


def lock_ends(session: Session, *, destinations: Collection[Destination]) -> Ends:
    """Lock plans and loans as every use case does, loans first, and return their ids.

    Raises: NotFound for one that is not known.
    """
    numbers = {one.ref for one in destinations if one.kind == "plan"}
    refs = {one.ref for one in destinations if one.kind == "loan"}
    plans = _ids(session, select(Plan.number, Plan.id).where(Plan.number.in_(numbers)), numbers)
    loans = _ids(session, select(Loan.ref, Loan.id).where(Loan.ref.in_(refs)), refs)
    covered = select(PlanLoan.loan_id).where(PlanLoan.plan_id.in_(plans.values()))
    theirs = select(Loan.id).where(Loan.id.in_(covered) | Loan.id.in_(loans.values()))
    line_up_at_loans(session, loan_ids=theirs)
    rows = select(Plan).where(Plan.id.in_(plans.values())).order_by(Plan.id).with_for_update()
    session.scalars(rows, execution_options={"populate_existing": True}).all()
    return Ends(plans, loans)


def standing_matches(session: Session, *, payment_id: int) -> list[Match]:
    """Return the matches of a payment that stand, in the order they were made."""
    mine = select(Match).where(Match.payment_id == payment_id, Match.undone_at.is_(None))
    return list(session.scalars(mine.order_by(Match.number)))


def shares_of(session: Session, *, payment_id: int) -> tuple[Share, ...]:
    """Return what of a payment is on which plan or loan now. Units: fen."""
    rows = session.execute(
        select(Plan.number, Loan.ref, Match.fen)
        .select_from(Match)
        .outerjoin(Plan, Plan.id == Match.plan_id)
        .outerjoin(Loan, Loan.id == Match.loan_id)
        .where(Match.payment_id == payment_id, Match.undone_at.is_(None))
        .order_by(Match.number)
    )
    return tuple(
        Share(Destination("plan", number) if number else Destination("loan", ref), fen)
        for number, ref, fen in rows
    )


def reasons_kept(reasons: Sequence[MatchReason]) -> list[dict[str, str | int]]:
    """Return reasons as a match keeps them, without anything personal."""
    kept = (one._replace(seen="") if one.code in PERSONAL else one for one in reasons)
    return [one._asdict() for one in kept]


def shares_told(shares: Sequence[Share]) -> list[dict[str, str | int]]:
    """Return shares as the audit trail tells them."""
    return [{**one.destination._asdict(), "fen": one.fen} for one in shares]


def _ids(session: Session, query: Select[str, int], wanted: set[str]) -> dict[str, int]:
    found = {ref: key for ref, key in session.execute(query)} if wanted else {}
    if len(found) < len(wanted):
        raise NotFound
    return found


def lock_payment(session: Session, *, payment: Payment, state: str) -> None:
    """Lock a payment and read it anew.

    Raises: PaymentMoved where it is in another state; PaymentReversed where it was taken back.
    """
    session.refresh(payment, with_for_update=True)
    if payment.state != state:
        raise PaymentMoved
    # Written out as the one index has it that knows of reversals. What was nobody's when it was
    # taken back is in another state itself.
    is_back = Payment.state == literal("matched", literal_execute=True)
    back = select(Payment.id).where(Payment.reverses_id.is_not(None), is_back)
    if session.scalar(back.where(Payment.reverses_id == payment.id)) is not None:
        raise PaymentReversed


def add_matches(
    session: Session,
    *,
    payment: Payment,
    shares: Sequence[Share],
    ends: Ends,
    told: Mapping[str, Any],
) -> None:
    """Add the matches of a payment that is locked, numbered on from those it has had; `told` is by
    which rule, why, by whom and when.
    """
    last = select(func.max(Match.number)).where(Match.payment_id == payment.id)
    for number, share in enumerate(shares, (session.scalar(last) or 0) + 1):
        columns = ends.columns(share.destination)
        match = Match(payment_id=payment.id, number=number, fen=share.fen, **columns, **told)
        session.add(match)
    payment.state, payment.reason = "matched", ""
    session.flush()
