"""Whether a voucher still says what is so, asked of the facts. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.keeping.quoting import quote
from app.domain.keeping.standing import standing
from app.models import Agreement, Hold, Plan, Voucher
from app.services.contact.records import running_holds
from app.services.core.context import Context
from app.services.vouchers.money_queries import (
    SignedAccount,
    laid_money,
    plan_receipt_of,
    signed_account,
)
from app.services.vouchers.text import VoucherHolder, VoucherTold, voucher_text

# receipt: stands, laid_anew (the money counts, for other parts), taken_back;
# hold: runs, ended, replaced (ended, another runs on all it named);
# quote: exact, changed, past (its day), paid_off, broken.
VoucherState = Literal[
    "stands",
    "laid_anew",
    "taken_back",
    "runs",
    "ended",
    "replaced",
    "exact",
    "changed",
    "past",
    "paid_off",
    "broken",
]


@dataclass(frozen=True)
class VoucherStanding:
    """How a voucher stands now; `on` is the day of a quote, `payments` how many were posted since
    it was made; `since` when a receipt or hold ended, `until` when a hold that runs ends.
    """

    state: VoucherState
    since: datetime | None = None
    until: datetime | None = None
    on: date | None = None
    payments: int = 0

    @property
    def is_so(self) -> bool:
        """Whether it says what is so now."""
        return self.state in ("stands", "runs", "exact")


def voucher_standing(session: Session, context: Context, *, voucher: Voucher) -> VoucherStanding:
    """Tell how a voucher stands now.

    Source: ADR 0084.
    """
    if voucher.match_id is not None:
        return _receipt(session, context, voucher, voucher.match_id)
    if voucher.hold_id is not None:
        return _hold(session, context, voucher.hold_id)
    return _quote(session, context, voucher)


def is_taken_back(session: Session, *, voucher: Voucher) -> bool:
    """Tell whether the money of a receipt no longer counts; never of another voucher, which tells
    its own day.
    """
    if voucher.match_id is None:
        return False
    return laid_money(session, match_id=voucher.match_id).gone_at is not None


def _receipt(
    session: Session, context: Context, voucher: Voucher, match_id: int
) -> VoucherStanding:
    laid = laid_money(session, match_id=match_id)
    if laid.gone_at is not None:
        return VoucherStanding("taken_back", since=laid.gone_at)
    agreement = voucher.text["details"].get("agreement")
    if not agreement:
        return VoucherStanding("stands")
    signed = signed_account(session, number=agreement)
    told = plan_receipt_of(
        session, signed=signed, laid=laid, holder=_as_told(voucher), today=context.today
    )
    is_same = _tables(context, voucher, told) == voucher.text["tables"]
    return VoucherStanding("stands" if is_same else "laid_anew")


def _as_told(voucher: Voucher) -> VoucherHolder:
    return VoucherHolder(**{"name": "", "id_masked": ""} | voucher.text["borrower"])


def _tables(context: Context, voucher: Voucher, told: VoucherTold) -> object:
    text = voucher_text(told, holder=_as_told(voucher), site=context.site, issued_on=context.today)
    return text["tables"]


def _hold(session: Session, context: Context, hold_id: int) -> VoucherStanding:
    first = session.get_one(Hold, hold_id)
    query = select(Hold).where(
        Hold.borrower_id == first.borrower_id,
        Hold.cause == first.cause,
        Hold.from_at == first.from_at,
    )
    mine = session.scalars(query).all()
    ends = [one.until_at for one in mine if one.until_at is not None]
    past = [at for at in ends if at <= context.now]
    if not past:
        return VoucherStanding("runs", until=min(ends, default=None))
    runs = running_holds(session, context, borrower_id=first.borrower_id)
    covers = {one.loan_id for one in runs}
    is_on = None in covers or {one.loan_id for one in mine} <= covers
    return VoucherStanding("replaced" if is_on else "ended", since=min(past))


def _quote(session: Session, context: Context, voucher: Voucher) -> VoucherStanding:
    day = date.fromisoformat(voucher.text["details"]["day"])
    found = signed_account(session, number=_agreement_of(session, voucher))
    today = context.today
    stands = standing(found.account, today)
    since = _posted_since(found, voucher.issued_at)
    if stands.state == "completed":
        return VoucherStanding("paid_off", on=day, payments=since)
    if stands.state == "broken":
        return VoucherStanding("broken", on=day, payments=since)
    if day < today:
        return VoucherStanding("past", on=day, payments=since)
    is_exact = _sum_on(found, day, today) == voucher.text["total"]["fen"]
    return VoucherStanding("exact" if is_exact else "changed", on=day, payments=since)


def _sum_on(found: SignedAccount, day: date, today: date) -> int | None:
    try:
        return quote(found.account, day, today, within_days=(day - today).days).sum_fen
    except RuleBroken:
        return None


def _posted_since(found: SignedAccount, at: datetime) -> int:
    return sum(one.posted_at > at for one in found.account.money)


def _agreement_of(session: Session, voucher: Voucher) -> str:
    """The agreement that is the plan's book now, which a change may have replaced."""
    query = (
        select(Agreement.number)
        .join(Plan, Plan.active_version_id == Agreement.version_id)
        .where(Plan.id == voucher.plan_id)
    )
    return session.scalars(query).one()
