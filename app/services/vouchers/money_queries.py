"""Signed plans and the money that came for them and for loans, as vouchers tell of it. Reads
only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.errors import NotFound
from app.domain.keeping.account import Account
from app.domain.keeping.standing import standing
from app.models import Agreement, Loan, Match, Payment, Plan, PlanLoan, PlanVersion
from app.services.keeping.accounts import SignedPlan, accounts_for
from app.services.keeping.money import number_of
from app.services.loans.naming import loans_in
from app.services.vouchers.receipt_text import (
    MoneyCame,
    MoneyCovered,
    loan_receipt,
    plan_receipt,
)
from app.services.vouchers.text import VoucherHolder, VoucherTold

MOST_SHOWN = 60


class SignedAccount(NamedTuple):
    """A signed plan with its agreement's number, its book and its account."""

    agreement: str
    signed: SignedPlan
    account: Account

    @property
    def plan(self) -> Plan:
        """Return the row of the plan."""
        return self.signed.plan


class LaidMoney(NamedTuple):
    """What of a payment is on a plan or loan; `gone_at` since when it no longer counts."""

    match: Match
    payment: Payment
    gone_at: datetime | None

    @property
    def number(self) -> str:
        """Return the number under which it counts in an account."""
        return number_of(self.payment, self.match)

    @property
    def came(self) -> MoneyCame:
        """Return it as a receipt names it."""
        one = self.payment
        return MoneyCame(
            one.paid_on, one.arrived_on, one.channel, one.channel_ref, self.match.fen, one.fen
        )


@dataclass(frozen=True)
class LoanMoney:
    """Money for a loan that is in no plan, as its page lists it. Units: fen."""

    number: str
    paid_on: date
    arrived_on: date
    fen: int
    is_taken_back: bool


def signed_account(
    session: Session, *, number: str, borrower_id: int | None = None
) -> SignedAccount:
    """Return the plan of an agreement, of this borrower where one is named.

    Raises: NotFound, also for an agreement of someone else.
    """
    query = (
        select(Plan, PlanVersion, Agreement.signed_at)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Agreement.number == number)
    )
    if borrower_id is not None:
        # Numbers count upwards and are easily guessed; the borrower is part of every question.
        query = query.where(Plan.borrower_id == borrower_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    signed = SignedPlan(*row)
    return SignedAccount(
        number, signed, accounts_for(session, signed=(signed,))[signed.plan.id].account
    )


def money_of_plan(session: Session, *, plan_id: int) -> Iterator[LaidMoney]:
    """Yield what came for a plan, or for its loans before it, taken back or not."""
    of_loans = select(PlanLoan.loan_id).where(PlanLoan.plan_id == plan_id)
    yield from _laid(session, or_(Match.plan_id == plan_id, Match.loan_id.in_(of_loans)))


def laid_money(session: Session, *, match_id: int) -> LaidMoney:
    """Return what a match laid."""
    return next(_laid(session, Match.id == match_id))


def money_of_loan(session: Session, *, loan_id: int) -> tuple[LaidMoney, ...]:
    """Return what came for a loan and not for a plan on it, the latest first."""
    found = _laid(session, Match.loan_id == loan_id)
    latest = sorted(found, key=lambda one: (one.payment.paid_on, one.payment.id), reverse=True)
    return tuple(latest[:MOST_SHOWN])


def loan_money(session: Session, *, borrower_id: int, loan_public_id: str) -> tuple[LoanMoney, ...]:
    """Return what came for a borrower's loan and not for a plan on it, for its page; nothing for a
    loan of someone else.
    """
    mine = Loan.public_id == loan_public_id, Loan.borrower_id == borrower_id
    loan_id = session.scalar(select(Loan.id).where(*mine))
    found = money_of_loan(session, loan_id=loan_id) if loan_id is not None else ()
    return tuple(
        LoanMoney(
            one.number,
            one.payment.paid_on,
            one.payment.arrived_on,
            one.match.fen,
            one.gone_at is not None,
        )
        for one in found
    )


def plan_receipt_of(
    session: Session, *, signed: SignedAccount, laid: LaidMoney, holder: VoucherHolder, today: date
) -> VoucherTold:
    """Return what a receipt tells today of money that counts for a signed plan.

    Raises: LookupError where it does not count for the plan.
    Source: rules part 1, how a signed plan is kept.
    """
    stands = standing(signed.account, today)
    mine = next((one for one in stands.payments if one.number == laid.number), None)
    if mine is None:
        raise LookupError(laid.number)
    whole = sum(one.fen for one in mine.covered) + mine.credit_fen
    plan = signed.account.plan
    printed = {part.number for loan in plan.loans for part in loan.parts}
    regular = {part.number for loan in plan.loans for part in loan.regular}
    return plan_receipt(
        laid.came,
        MoneyCovered(
            covered=mine.covered,
            ahead_fen=laid.match.fen - whole,
            credit_fen=mine.credit_fen,
            regular=frozenset(regular - printed),
            is_broken=stands.state == "broken",
        ),
        holder=holder,
        agreement=signed.agreement,
        products={one.ref: one.product for one in loans_in(session, plan_id=signed.plan.id)},
    )


def loan_receipt_of(session: Session, *, laid: LaidMoney, holder: VoucherHolder) -> VoucherTold:
    """Return what a receipt tells of money for a loan without a plan."""
    loan = session.get_one(Loan, laid.match.loan_id)
    return loan_receipt(laid.came, holder=holder, product=loan.product, ref=loan.ref)


def _laid(session: Session, whose: ColumnElement[bool]) -> Iterator[LaidMoney]:
    """What takes money back is told at what it takes back."""
    back, back_on = aliased(Payment), aliased(Match)
    query = (
        select(Match, Payment, back_on.at)
        .join(Payment, Payment.id == Match.payment_id)
        .outerjoin(back, and_(back.reverses_id == Payment.id, back.state == "matched"))
        .outerjoin(back_on, and_(back_on.payment_id == back.id, back_on.undone_at.is_(None)))
        .where(whose, Payment.reverses_id.is_(None))
        .order_by(Match.id)
    )
    seen: set[int] = set()
    for match, payment, back_at in session.execute(query):
        # A payment in several parts is taken back in as many.
        if match.id not in seen:
            seen.add(match.id)
            yield LaidMoney(match, payment, match.undone_at or back_at)
