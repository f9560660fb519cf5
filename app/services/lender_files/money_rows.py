"""Lines of repayments_posted.csv and contacts.csv: money posted and contacts made on a day."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.domain.repayments.row import (
    AMOUNT_IN_YUAN,
    ARRIVED,
    CHANNEL,
    CHANNEL_REF,
    LOAN,
    PAID,
    REVERSES,
)
from app.models import Borrower, Contact, Loan, Match, Payment, Plan
from app.services.lender_files.day import A_PART, ToldDay, ToldRow, told_instant, told_yuan

# The headings of a file of repayments, so that whoever reads those reads these.
PAYMENT_COLUMNS = (
    CHANNEL_REF,
    CHANNEL,
    PAID,
    ARRIVED,
    AMOUNT_IN_YUAN,
    LOAN,
    REVERSES,
    "记录时间",
    "记在",
)
CONTACT_COLUMNS = ("时间", "客户编号", "方式", "用途", "机构", "结果")
CHANNEL_NAMES: Mapping[str, str] = {
    "sms": "短信",
    "voice_notice": "语音通知",
    "voice": "人工电话",
    "visit": "上门",
    "letter": "信函",
}
PURPOSE_NAMES: Mapping[str, str] = {
    "service": "服务通知",
    "security": "账户安全",
    "reminder": "还款提醒",
    "collection": "商量还款",
}
RESULT_NAMES: Mapping[str, str] = {"sent": "已发出", "answered": "接通", "unanswered": "没有接通"}
# A code was asked for by its borrower and is no contact; what never went out has reached nobody.
NO_CONTACT, NOT_MADE = "code", "failed"
BETWEEN = "、"


def payment_rows(session: Session, *, day: ToldDay) -> Iterator[ToldRow]:
    """Yield the money that was put on record on a day, and where it lay at its end; what was taken
    back is below zero.

    Units:  fen.
    Source: ADR 0087.
    """
    ends = day.ends_at
    lies = and_(
        Match.payment_id == Payment.id,
        Match.at <= ends,
        or_(Match.undone_at.is_(None), Match.undone_at > ends),
    )
    query = (
        select(Payment, Plan.number, Loan.ref)
        .outerjoin(Match, lies)
        .outerjoin(Plan, Plan.id == Match.plan_id)
        .outerjoin(Loan, Loan.id == Match.loan_id)
        .where(day.holds(Payment.posted_at))
        .order_by(Payment.posted_at, Payment.id, Match.number)
    )
    rows = session.execute(query.execution_options(yield_per=A_PART))
    for _key, lines in groupby(rows, key=lambda one: one[0].id):
        found = list(lines)
        ends_in = [number or ref for _payment, number, ref in found if number or ref]
        yield _payment_row(found[0][0], BETWEEN.join(ends_in))


def contact_rows(session: Session, *, day: ToldDay) -> Iterator[ToldRow]:
    """Yield the contacts made with borrowers on a day, without what was said.

    Source: ADR 0087.
    """
    columns = (Contact.channel, Contact.purpose, Contact.institution, Contact.result)
    query = (
        select(Contact.at, Borrower.customer_no, *columns)
        .join(Borrower, Borrower.id == Contact.borrower_id)
        .where(day.holds(Contact.at), Contact.purpose != NO_CONTACT, Contact.result != NOT_MADE)
        .order_by(Contact.at, Contact.id)
    )
    for row in session.execute(query.execution_options(yield_per=A_PART)):
        yield ToldRow(_contact_cells(row))


def _payment_row(one: Payment, lies: str) -> ToldRow:
    # As in what came in: what names another takes it back.
    fen = -one.fen if one.reverses_ref or one.reverses_id is not None else one.fen
    cells = (
        one.channel_ref,
        one.channel,
        one.paid_on.isoformat(),
        one.arrived_on.isoformat(),
        told_yuan(fen),
        one.loan_ref,
        one.reverses_ref,
        told_instant(one.posted_at),
        lies,
    )
    return ToldRow(cells, fen)


def _contact_cells(row: Any) -> tuple[str, ...]:
    at, customer_no, channel, purpose, institution, result = row
    return (
        told_instant(at),
        customer_no,
        CHANNEL_NAMES.get(channel, channel),
        PURPOSE_NAMES.get(purpose, purpose),
        institution,
        RESULT_NAMES.get(result, result),
    )
