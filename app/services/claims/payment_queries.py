"""One payment with all that is known of it: what was done with it, whose it may be. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.domain.references import reference_of
from app.domain.repayments.traits import MatchReason
from app.models import Borrower, Loan, Match, Payment, PaymentAct, Plan, Staff, StatementFile
from app.services.claims.guessing_queries import LikelyEnd, likely_ends
from app.services.claims.money_queries import (
    GONE_AGAIN,
    STAFF,
    ActRow,
    MoneyRow,
    money_row,
    money_rows,
    taken_back_by,
)
from app.services.core.context import Context


@dataclass(frozen=True)
class MatchRow:
    """What of a payment is, or was, on one plan or loan; the borrower masked. Units: fen."""

    called: str
    borrower: str
    fen: int
    rule: str
    reasons: tuple[MatchReason, ...]
    by: str
    at: datetime
    undone_by: str
    undone_at: datetime | None


@dataclass(frozen=True)
class PaymentView:
    """One payment with all that is known of it; `other` is what it takes back, or what took it
    back, as public id and 流水号.
    """

    row: MoneyRow
    posted_at: datetime
    loan_ref: str
    file: tuple[str, str] | None
    line: int | None
    reverses_ref: str
    other: tuple[str, str] | None
    matches: tuple[MatchRow, ...]
    acts: tuple[ActRow, ...]
    likely: tuple[LikelyEnd, ...]

    @property
    def is_taken_back(self) -> bool:
        """Tell whether the channel took the money back."""
        is_reversed = self.other is not None or self.row.reason == GONE_AGAIN
        return is_reversed and not self.reverses_ref


def payment_view(session: Session, context: Context, *, public_id: str) -> PaymentView:
    """Return one payment, what was done with it and, while nobody has claimed it, whose it may be.

    Raises: NotFound.
    Source: I-16.
    """
    found = session.execute(money_rows().where(Payment.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    payment: Payment = found[0]
    file = session.get(StatementFile, payment.file_id) if payment.file_id else None
    matches, acts = _matches(session, payment), _acts(session, payment)
    actors = [one.who for one in acts]
    actors += [who for one in matches for who in (one[0].actor, one[0].undone_by or "")]
    names = _names(session, actors)
    return PaymentView(
        row=money_row(context, *found),
        posted_at=payment.posted_at,
        loan_ref=payment.loan_ref,
        file=(file.public_id, file.name) if file else None,
        line=payment.line,
        reverses_ref=payment.reverses_ref,
        other=_other(session, payment),
        matches=tuple(_match_row(context, names, one) for one in matches),
        acts=tuple(ActRow(one.act, one.words, names.get(one.who, ""), one.at) for one in acts),
        likely=likely_ends(session, context, payment=payment)
        if payment.state == "unmatched"
        else (),
    )


def _matches(session: Session, payment: Payment) -> Sequence[Row[*tuple[Any, ...]]]:
    of_plan, of_loan = aliased(Borrower), aliased(Borrower)
    query = (
        select(Match, Plan.number, Loan.ref, of_plan, of_loan)
        .outerjoin(Plan, Plan.id == Match.plan_id)
        .outerjoin(Loan, Loan.id == Match.loan_id)
        .outerjoin(of_plan, of_plan.id == Plan.borrower_id)
        .outerjoin(of_loan, of_loan.id == Loan.borrower_id)
        .where(Match.payment_id == payment.id)
        .order_by(Match.number)
    )
    return session.execute(query).all()


def _acts(session: Session, payment: Payment) -> Sequence[PaymentAct]:
    acts = select(PaymentAct).where(PaymentAct.payment_id == payment.id)
    return session.scalars(acts.order_by(PaymentAct.id)).all()


def _names(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """The names of those of the staff, by how the trail knows them."""
    ids = {one.removeprefix(STAFF) for one in actors if one.startswith(STAFF)}
    people = select(Staff.public_id, Staff.display_name).where(Staff.public_id.in_(ids))
    return {f"{STAFF}{public_id}": name for public_id, name in session.execute(people)}


def _match_row(
    context: Context, names: Mapping[str, str], found: Row[*tuple[Any, ...]]
) -> MatchRow:
    one, number, ref, of_plan, of_loan = found
    return MatchRow(
        called=reference_of(number) if number else ref or "",
        borrower=_masked(context, of_plan or of_loan),
        fen=one.fen,
        rule=one.rule,
        reasons=tuple(MatchReason(**reason) for reason in one.reasons),
        by=names.get(one.actor, ""),
        at=one.at,
        undone_by=names.get(one.undone_by or "", ""),
        undone_at=one.undone_at,
    )


def _masked(context: Context, borrower: Borrower) -> str:
    place = {"table": "borrowers", "row": borrower.public_id, "column": "name"}
    return masked_name(context.vault.unseal(borrower.name_enc, **place))


def _other(session: Session, payment: Payment) -> tuple[str, str] | None:
    """The payment that this one takes back, or the one that took it back."""
    found = taken_back_by(session, payment=payment)
    if payment.reverses_id is not None:
        query = select(Payment.public_id, Payment.channel_ref)
        found = session.execute(query.where(Payment.id == payment.reverses_id)).one_or_none()
    return (found[0], found[1]) if found else None
