"""What there is to refund of one plan or one payment, for who asks for it. Reads only."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.models import Borrower, Payment, Plan
from app.services.core.context import Context
from app.services.keeping.accounts import standings_of
from app.services.refunds.accounts_named import RefundSource
from app.services.refunds.queries import RefundRow, refunds_of


@dataclass(frozen=True)
class SourceView:
    """What a refund would be of, and the refunds there were, the latest first. Units: fen."""

    kind: str
    ref: str
    of: str
    borrower: str
    fen: int
    refunds: tuple[RefundRow, ...]

    @property
    def named(self) -> RefundRow | None:
        """Return where the borrower wants it, None where they did not say."""
        return next((one for one in self.refunds if one.state == "named"), None)

    @property
    def asked(self) -> RefundRow | None:
        """Return what waits to be paid."""
        return next((one for one in self.refunds if one.state == "asked"), None)


def source_view(session: Session, context: Context, *, source: RefundSource) -> SourceView:
    """Return what there is to refund of a plan or a payment. Raises: NotFound. Source: I-16."""
    if source.kind == "payment":
        return _payment(session, context, source)
    query = (
        select(Plan, Borrower)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .where(Plan.number == source.ref)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    plan, borrower = row
    stands = standings_of(session, plan_ids=[plan.id], as_of=context.today).get(plan.id)
    place = {"table": "borrowers", "row": borrower.public_id, "column": "name"}
    return SourceView(
        kind="plan",
        ref=plan.number,
        of=plan.number,
        borrower=masked_name(context.vault.unseal(borrower.name_enc, **place)),
        fen=max(0, stands.credit_fen) if stands else 0,
        refunds=refunds_of(session, context, plan=plan.number),
    )


def _payment(session: Session, context: Context, source: RefundSource) -> SourceView:
    one = session.scalars(select(Payment).where(Payment.public_id == source.ref)).one_or_none()
    if one is None:
        raise NotFound
    refunds = refunds_of(session, context, payment=source.ref)
    is_owed = one.state == "returned" and one.reason != "reversed"
    is_out = any(each.state == "paid" for each in refunds)
    return SourceView(
        kind="payment",
        ref=one.public_id,
        of=f"{one.channel} {one.channel_ref}",
        borrower="",
        fen=one.fen if is_owed and not is_out else 0,
        refunds=refunds,
    )
