"""What is read of vouchers: by their borrower, by whoever holds a paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Hold, Loan, Match, Plan, Voucher, VoucherFile
from app.services.core.context import Context
from app.services.vouchers.standing_queries import (
    VoucherStanding,
    is_taken_back,
    voucher_standing,
)

OWNER: ColumnElement[int] = func.coalesce(Plan.borrower_id, Loan.borrower_id, Hold.borrower_id)


@dataclass(frozen=True)
class VoucherView:
    """A borrower's voucher; `text` is what was hashed, `has_file` whether its PDF is made."""

    public_id: str
    kind: str
    number: str
    check_code: str
    text: Mapping[str, Any]
    text_sha256: str
    issued_at: datetime
    has_file: bool
    stands: VoucherStanding


@dataclass(frozen=True)
class CheckedVoucher:
    """What anyone may know of a voucher: neither a name nor a sum."""

    kind: str
    number: str
    issued_at: datetime
    stands: VoucherStanding


def own_vouchers(borrower_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query for a borrower's vouchers, each with its file where it is made."""
    return (
        select(Voucher, VoucherFile)
        .outerjoin(VoucherFile, VoucherFile.voucher_id == Voucher.id)
        .outerjoin(Match, Match.id == Voucher.match_id)
        .outerjoin(Plan, Plan.id == func.coalesce(Voucher.plan_id, Match.plan_id))
        .outerjoin(Loan, Loan.id == Match.loan_id)
        .outerjoin(Hold, Hold.id == Voucher.hold_id)
        .where(OWNER == borrower_id)
    )


def voucher_view(
    session: Session, context: Context, *, borrower_id: int, public_id: str
) -> VoucherView:
    """Return a borrower's voucher, whether it still stands or not.

    Raises: NotFound, also for one of someone else.
    """
    query = own_vouchers(borrower_id).where(Voucher.public_id == public_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    found, file = row
    return VoucherView(
        found.public_id,
        found.kind,
        found.number,
        found.check_code,
        found.text,
        found.text_sha256,
        found.issued_at,
        file is not None,
        voucher_standing(session, context, voucher=found),
    )


def checked_voucher(session: Session, context: Context, *, check_code: str) -> CheckedVoucher:
    """Return what the public page tells of the voucher with this code.

    Raises: NotFound.
    Source: product, sign; ADR 0084.
    """
    found = _with_code(session, check_code)
    if found is None:
        raise NotFound
    stands = voucher_standing(session, context, voucher=found)
    return CheckedVoucher(found.kind, found.number, found.issued_at, stands)


def voucher_fen(session: Session, *, check_code: str) -> int | None:
    """Return the sum that the voucher with this code prints, None where there is none.

    Units:  fen.
    """
    found = _with_code(session, check_code)
    total = found.text["total"] if found else None
    return None if total is None else int(total["fen"])


def is_withdrawn_voucher(session: Session, *, number: str, pdf_sha256: str) -> bool | None:
    """Tell whether the money of a receipt's file was taken back; None where no voucher of the
    number has this very file.

    Source: I-10.
    """
    query = (
        select(Voucher)
        .join(VoucherFile, VoucherFile.voucher_id == Voucher.id)
        .where(VoucherFile.sha256 == pdf_sha256)
    )
    for one in session.scalars(query):
        if one.number == number:
            return is_taken_back(session, voucher=one)
    return None


def _with_code(session: Session, check_code: str) -> Voucher | None:
    query = select(Voucher).where(Voucher.check_code == check_code)
    return session.scalars(query).one_or_none()
