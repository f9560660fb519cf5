"""Finance says whose a payment is: one plan or loan, or several that share it."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.characters import plain_number
from app.domain.errors import RuleBroken
from app.domain.money import yuan
from app.domain.references import LEAST_DIGITS, read_references
from app.domain.repayments.directory import Destination
from app.domain.repayments.traits import MatchReason
from app.domain.states import KEPT_PLANS
from app.domain.texts import N_
from app.models import Loan, Payment, Plan, PlanLoan
from app.services.claims import acts
from app.services.claims.guessing_queries import likely_ends
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.repayments import posting
from app.services.repayments.posting import Share

MOST_SHARES = 10
BY_PERSON = "person"
# What money may be laid on: a plan that runs, or that is over, where it is its borrower's credit.
TAKES_MONEY = KEPT_PLANS | {"completed"}


class ShareWish(NamedTuple):
    """A part of a payment as it was typed: a plan's number, its reference or a 借据号. Units: fen,
    None for all of it.
    """

    to: str
    fen: int | None


class ShareRefused(RuleBroken):
    """A part that cannot be; `place` says which, counted from 0."""

    def __init__(self, place: int, **values: object) -> None:
        self.place = place
        super().__init__("", **values)


class EndUnknown(ShareRefused):
    """No plan and no loan is called so."""

    code = "end_unknown"
    message = N_("没有找到 %(typed)s：请写方案号、还款编号（如 AH-00318-6）或者借据号")


class EndWrongDigit(ShareRefused):
    """A reference whose check digit is wrong: one slip away from another's."""

    code = "end_wrong_digit"
    message = N_("%(typed)s 的最后一位校验位不对，请核对是不是抄错了一位")


class EndTakesNone(ShareRefused):
    """The plan does not run."""

    code = "end_takes_none"
    message = N_("%(typed)s 没有在执行，请写现在在执行的方案，或者借据号")


class EndIsInPlan(ShareRefused):
    """A plan runs on the loan, and money for it goes to the plan."""

    code = "end_is_in_plan"
    message = N_("%(typed)s 正按方案 %(number)s 还，请记到这个方案")


class EndTwice(ShareRefused):
    """Two parts for one plan or loan."""

    code = "end_twice"
    message = N_("%(typed)s 写了两次，请合成一份")


class PartMissing(ShareRefused):
    """A part of several without a sum above zero."""

    code = "part_missing"
    message = N_("请写这一份多少钱，要比 0 多")


class SumsDiffer(RuleBroken):
    """The parts are not the whole payment."""

    code = "sums_differ"
    message = N_("各份加起来是 %(sum)s，这笔款是 %(whole)s，还差 %(off)s")
    too_much = N_("各份加起来是 %(sum)s，这笔款是 %(whole)s，多了 %(off)s")


class SharesCount(RuleBroken):
    """No part, or more than a payment is ever split into."""

    code = "shares_count"
    message = N_("请写记给谁，最多分成 %(most)s 份")
    values = MappingProxyType({"most": MOST_SHARES})


def place_payment(
    session: Session,
    context: Context,
    *,
    public_id: str,
    shares: Sequence[ShareWish],
    words: str,
    request_key: str,
) -> None:
    """Lay an unmatched payment on a plan or loan, or on several; in words why, unless it is one of
    the suggestions.

    Units:  fen; the parts are the whole payment.
    Idempotent on: request_key for one member of staff.
    Raises: NotFound, PaymentSettled, PaymentOfAnother, ReversalKept, SharesCount, ShareRefused,
            SumsDiffer, PaymentWordsNeeded, PaymentReversed, KeyReused.
    Source: rules part 1, how a signed plan is kept.
    """
    said = words.strip()
    typed = tuple(f"{one.to} {one.fen}" for one in shares)
    request = acts.asked(context, act="match", key=request_key, content=(public_id, said, *typed))
    with transaction(session):
        payment = acts.begin(session, context, public_id=public_id)
        if acts.is_done(session, request=request):
            return
        acts.check_still(context, payment=payment, state="unmatched")
        acts.check_ours(session, payment=payment)
        wanted = _shares(session, payment, shares)
        reasons = _suggested(session, context, payment, wanted)
        if reasons is None or said:
            said = acts.said_in_words(said)

        posting.place(
            session,
            context,
            payment=payment,
            shares=wanted,
            rule=BY_PERSON,
            reasons=reasons or (),
            actor=context.actor.who,
        )
        payment.owner_id = payment.owned_at = None
        acts.keep_act(session, context, payment=payment, act="matched", words=said, request=request)


def _suggested(
    session: Session, context: Context, payment: Payment, shares: Sequence[Share]
) -> tuple[MatchReason, ...] | None:
    """What speaks for the one plan or loan chosen, None where it was not suggested."""
    if len(shares) != 1:
        return None
    likely = likely_ends(session, context, payment=payment)
    return next((one.reasons for one in likely if one.destination == shares[0].destination), None)


def _shares(session: Session, payment: Payment, wishes: Sequence[ShareWish]) -> tuple[Share, ...]:
    if not 1 <= len(wishes) <= MOST_SHARES:
        raise SharesCount
    found: list[Share] = []
    for place, wish in enumerate(wishes):
        # A single one may leave its sum out: it is the whole.
        fen = payment.fen if wish.fen is None and len(wishes) == 1 else wish.fen
        end = _end_of(session, place, wish.to)
        if any(one.destination == end for one in found):
            raise EndTwice(place, typed=wish.to)
        if not fen or fen < 0:
            raise PartMissing(place)
        found.append(Share(end, fen))
    _check_sum(payment.fen, sum(one.fen for one in found))
    _check_ends(session, [one.destination for one in found])
    return tuple(found)


def _check_sum(whole: int, found: int) -> None:
    off = found - whole
    if off:
        told = SumsDiffer.too_much if off > 0 else SumsDiffer.message
        raise SumsDiffer(told, sum=yuan(found), whole=yuan(whole), off=yuan(abs(off)))


def _end_of(session: Session, place: int, typed: str) -> Destination:
    """What was typed as one plan or loan that is there."""
    plain = plain_number(typed)
    read = read_references(typed)
    numbers = {plain.upper(), *(one.number for one in read.right if one.form == "whole")}
    plans = session.scalars(select(Plan.number).where(Plan.number.in_(numbers))).all()
    if len(plans) == 1:
        return Destination("plan", plans[0])
    ref = session.scalars(select(Loan.ref).where(Loan.ref == plain)).one_or_none()
    if ref is None:
        # So few digits are a plan's number without any check digit.
        is_reference = any(len(digits) > LEAST_DIGITS for digits in read.wrong)
        raise (EndWrongDigit if is_reference else EndUnknown)(place, typed=typed.strip())
    return Destination("loan", ref)


def _check_ends(session: Session, ends: Sequence[Destination]) -> None:
    """Pass plans that take money, and loans on which none runs; locked, so that it stays so."""
    locked = posting.lock_ends(session, destinations=ends)
    for place, end in enumerate(ends):
        if end.kind == "plan":
            state = session.scalar(select(Plan.state).where(Plan.id == locked.plans[end.ref]))
            if state not in TAKES_MONEY:
                raise EndTakesNone(place, typed=end.ref)
        elif number := _running_on(session, locked.loans[end.ref]):
            raise EndIsInPlan(place, typed=end.ref, number=number)


def _running_on(session: Session, loan_id: int) -> str:
    """The number of the plan that runs on a loan, empty where none does."""
    running = (
        select(Plan.number)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .where(PlanLoan.loan_id == loan_id, Plan.state.in_(KEPT_PLANS))
    )
    return session.scalars(running.limit(1)).first() or ""
