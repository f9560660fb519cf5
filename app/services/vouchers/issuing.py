"""A voucher is written: text, code and hash are a row. Never commits."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.masks import masked_id, masked_name
from app.models import Borrower, Voucher, new_public_id
from app.services.certificates.text import text_sha256
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import line_up
from app.services.vouchers.text import VoucherHolder, VoucherTold, facts_sha256, voucher_text


class About(NamedTuple):
    """What a voucher is about: one of these, the other two are empty."""

    plan_id: int | None = None
    match_id: int | None = None
    hold_id: int | None = None


def holder_of(session: Session, context: Context, *, borrower_id: int) -> VoucherHolder:
    """Return whose paper it is, masked."""
    borrower = session.get_one(Borrower, borrower_id)

    def opened(sealed: bytes, column: str) -> str:
        row = borrower.public_id
        return context.vault.unseal(sealed, table="borrowers", row=row, column=column)

    return VoucherHolder(
        masked_name(opened(borrower.name_enc, "name")), masked_id(opened(borrower.id_enc, "id"))
    )


def keep_voucher(
    session: Session,
    context: Context,
    *,
    told: VoucherTold,
    about: About,
    holder: VoucherHolder,
) -> Voucher:
    """Write a voucher in the caller's transaction.

    Idempotent on: what it is about and tells; while nothing has changed the one that was given is
    returned as it is.
    """
    text = voucher_text(told, holder=holder, site=context.site, issued_on=context.today)
    facts = facts_sha256(text, about=repr(about))
    # Two taps at once are one paper.
    line_up(session, facts)
    found = session.scalars(select(Voucher).where(Voucher.facts_sha256 == facts)).one_or_none()
    if found is not None:
        return found
    made = Voucher(
        kind=told.kind,
        **about._asdict(),
        check_code=new_public_id(),
        text=text,
        text_sha256=text_sha256(text),
        facts_sha256=facts,
        issued_at=context.now,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        context,
        action="voucher.issued",
        object_kind="voucher",
        object_id=made.public_id,
        after={"kind": made.kind, "number": made.number, "text_sha256": made.text_sha256},
    )
    return made
