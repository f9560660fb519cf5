"""A borrower takes a paper: the receipt of a payment, the paper of a hold that runs, a quote."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.keeping.quote_lines import quote_lines
from app.domain.keeping.quoting import quote
from app.domain.references import reference_of
from app.domain.texts import N_
from app.models import Hold, Loan
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.holds.queries import HoldPaper, running_papers
from app.services.vouchers.hold_text import HoldTold, hold_told
from app.services.vouchers.issuing import About, holder_of, keep_voucher
from app.services.vouchers.money_queries import (
    LaidMoney,
    SignedAccount,
    loan_receipt_of,
    money_of_loan,
    money_of_plan,
    plan_receipt_of,
    signed_account,
)
from app.services.vouchers.quote_text import QuotedPlan, quote_told


class MoneyTakenBack(RuleBroken):
    """The payment was taken back: it has no receipt any more."""

    code = "money_taken_back"
    message = N_("这笔钱后来撤回了，不再出收据")


class PaymentNeeded(RuleBroken):
    """A receipt is of one payment."""

    code = "payment_needed"
    message = N_("请在收到的钱里，点要收据的那一笔")


def issue_receipt(
    session: Session, context: Context, *, borrower_id: int, agreement: str, payment: str
) -> str:
    """Write the receipt of a payment that counts for a borrower's plan, named by the number it has
    in the account; return the voucher's public id.

    Idempotent on: the payment and what it covers today.
    Raises: NotFound, also for someone else's agreement or payment; MoneyTakenBack, PaymentNeeded.
    Source: rules part 1, how a signed plan is kept; ADR 0084.
    """
    with transaction(session):
        signed = signed_account(session, number=agreement, borrower_id=borrower_id)
        laid = _counting(money_of_plan(session, plan_id=signed.plan.id), payment)
        holder = holder_of(session, context, borrower_id=borrower_id)
        try:
            told = plan_receipt_of(
                session, signed=signed, laid=laid, holder=holder, today=context.today
            )
        except LookupError as fault:
            raise NotFound from fault
        about = About(match_id=laid.match.id)
        return keep_voucher(session, context, told=told, about=about, holder=holder).public_id


def issue_loan_receipt(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str, payment: str
) -> str:
    """Write the receipt of a payment for a borrower's loan that is in no plan; return the voucher's
    public id.

    Idempotent on: the payment.
    Raises: NotFound, also for someone else's loan or payment; MoneyTakenBack, PaymentNeeded.
    Source: rules part 1, how a signed plan is kept: a loan without a plan; ADR 0084.
    """
    with transaction(session):
        mine = Loan.public_id == loan_public_id, Loan.borrower_id == borrower_id
        loan_id = session.scalar(select(Loan.id).where(*mine))
        if loan_id is None:
            raise NotFound
        laid = _counting(money_of_loan(session, loan_id=loan_id), payment)
        holder = holder_of(session, context, borrower_id=borrower_id)
        told = loan_receipt_of(session, laid=laid, holder=holder)
        about = About(match_id=laid.match.id)
        return keep_voucher(session, context, told=told, about=about, holder=holder).public_id


def issue_hold_paper(
    session: Session, context: Context, *, borrower_id: int, cause: str, version: str
) -> str:
    """Write the paper of a hold that runs on a borrower, named by its cause and its version
    (empty where it has none); return the voucher's public id.

    Idempotent on: the hold and until when it runs.
    Raises: NotFound where none runs so any more.
    Source: default policy, hold on collection; ADR 0084.
    """
    with transaction(session):
        papers = running_papers(session, context, borrower_id=borrower_id)
        found = next((one for one in papers if (one.cause, one.version) == (cause, version)), None)
        if found is None:
            raise NotFound
        holder = holder_of(session, context, borrower_id=borrower_id)
        told = hold_told(_told(session, found), holder=holder)
        about = About(hold_id=_first(session, borrower_id, found))
        return keep_voucher(session, context, told=told, about=about, holder=holder).public_id


def issue_quote(
    session: Session, context: Context, *, borrower_id: int, agreement: str, on: date
) -> str:
    """Write what pays a borrower's plan off on a day; return the voucher's public id.

    Idempotent on: the day and the figures.
    Raises: NotFound, also for an agreement of someone else; DayNotQuoted, NoQuote, PaidByThen.
    Source: rules part 1, quote; ADR 0084.
    """
    with transaction(session):
        signed = signed_account(session, number=agreement, borrower_id=borrower_id)
        within = active_policy(session)[1].kept.quote_days
        quoted = quote(signed.account, on, context.today, within_days=within)
        lines = quote_lines(quoted, loans=len(signed.account.plan.loans))
        holder = holder_of(session, context, borrower_id=borrower_id)
        told = quote_told(quoted, _plan(context, signed), lines=lines, holder=holder)
        about = About(plan_id=signed.plan.id)
        return keep_voucher(session, context, told=told, about=about, holder=holder).public_id


def _counting(money: Iterable[LaidMoney], number: str) -> LaidMoney:
    if not number:
        raise PaymentNeeded
    found = next((one for one in money if one.number == number), None)
    if found is None:
        raise NotFound
    if found.gone_at is not None:
        raise MoneyTakenBack
    return found


def _told(session: Session, paper: HoldPaper) -> HoldTold:
    wanted = [one.public_id for one in paper.loans]
    query = select(Loan.public_id, Loan.ref).where(Loan.public_id.in_(wanted))
    refs = {public_id: ref for public_id, ref in session.execute(query)}
    return HoldTold(
        cause=paper.cause,
        plan_number=paper.number,
        state=paper.state,
        loans=[(one.product, refs[one.public_id]) for one in paper.loans],
        from_at=paper.from_at,
        until_at=paper.until_at,
    )


def _first(session: Session, borrower_id: int, paper: HoldPaper) -> int:
    """A plan's holds begin and end together; the first stands for them."""
    query = (
        select(Hold.id)
        .outerjoin(Loan, Loan.id == Hold.loan_id)
        .where(
            Hold.borrower_id == borrower_id,
            Hold.cause == paper.cause,
            Hold.from_at == paper.from_at,
        )
        .order_by(Hold.id)
    )
    if paper.loans:
        query = query.where(Loan.public_id.in_([one.public_id for one in paper.loans]))
    return session.scalars(query.limit(1)).one()


def _plan(context: Context, signed: SignedAccount) -> QuotedPlan:
    site, plan = context.site, signed.account.plan
    return QuotedPlan(
        agreement=signed.agreement,
        reference=reference_of(signed.plan.number),
        kind=plan.kind,
        payee_name=site.payee_name,
        payee_bank=site.payee_bank,
        payee_account=site.payee_account,
        waived_fen=sum(one.fen for kept in plan.loans for one in kept.waivers),
    )
