"""Vouchers for tests: a plan with money, and the receipt, hold or quote of it."""

from datetime import timedelta

from sqlalchemy import select

from app.domain.calendar import midnight
from app.models import Hold, Voucher
from app.services.vouchers.taking import issue_hold_paper, issue_quote, issue_receipt
from tests.support.acting import acting
from tests.support.certificates import account_of, signed_of
from tests.support.clock import NOW
from tests.support.money import paid, plan_of

DAY = NOW.date()


def kept_with(session, vault, site, *, fen=20_000, kind="reamortise", on=DAY, **how):
    """The agreement of a plan for which some money came, and the number of that money."""
    agreement = signed_of(session, vault, site, kind, **how)
    payment = paid(session, agreement, fen=fen, on=on)
    (match,) = [
        one
        for one in account_of(session, agreement).money
        if payment.channel_ref in str(one.number)
    ]
    return agreement, str(match.number)


def owner_of(session, agreement) -> int:
    """The borrower of an agreement."""
    return plan_of(session, agreement).borrower_id


def receipt(session, vault, site, agreement, number, *, now=NOW) -> Voucher:
    """The receipt of a payment, as its borrower takes it."""
    return _stored(
        session,
        issue_receipt,
        acting(now=now, vault=vault, site=site),
        borrower_id=owner_of(session, agreement),
        agreement=agreement,
        payment=number,
    )


def quoted(session, vault, site, agreement, *, on=DAY + timedelta(days=3), now=NOW) -> Voucher:
    """The quote of a plan for a day."""
    return _stored(
        session,
        issue_quote,
        acting(now=now, vault=vault, site=site),
        borrower_id=owner_of(session, agreement),
        agreement=agreement,
        on=on,
    )


def hold_paper(session, vault, site, hold: Hold, *, version="", now=NOW) -> Voucher:
    """The paper of a hold that runs."""
    return _stored(
        session,
        issue_hold_paper,
        acting(now=now, vault=vault, site=site),
        borrower_id=hold.borrower_id,
        cause=hold.cause,
        version=version,
    )


def later(days: int):
    """An instant some days on."""
    return midnight(DAY + timedelta(days=days))


def _stored(session, issue, context, **asked) -> Voucher:
    session.rollback()
    public_id = issue(session, context, **asked)
    return session.scalars(select(Voucher).where(Voucher.public_id == public_id)).one()
