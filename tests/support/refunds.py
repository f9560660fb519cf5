"""Refunds as if someone had asked for them."""

from sqlalchemy import select

from app.models import Payment, Refund, new_public_id
from app.services.refunds.accounts_named import RefundAccount, sealed_account
from tests.support.clock import NOW

ACCOUNT = RefundAccount("罗涵敏", "6225880212345678", "招商银行")


def make_refund(session, vault, *, payment: str, state: str = "asked") -> Refund:
    """A refund of a payment that is nobody's, asked for by someone."""
    of = session.scalars(select(Payment).where(Payment.public_id == payment)).one()
    public_id = new_public_id()
    found = Refund(
        public_id=public_id,
        payment_id=of.id,
        fen=of.fen,
        state=state,
        account_enc=sealed_account(vault, ACCOUNT, public_id),
        key_version=vault.key_version,
        is_own=False,
        named_at=NOW,
        named_by="staff:x",
        words="照银行流水退给付款人",
        asked_at=NOW,
        asked_by="staff:x",
        asked_person="P-asked",
    )
    session.add(found)
    session.commit()
    return found
