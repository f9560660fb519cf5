"""Where a refund goes, in full, for who pays it out: on record."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Refund
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.refunds import acts
from app.services.refunds.accounts_named import RefundAccount, account_of


def show_account(session: Session, context: Context, *, public_id: str) -> RefundAccount:
    """Return the account of a refund in full; every look leaves an audit entry.

    Raises: NotFound.
    Source: I-15, I-16.
    """
    with transaction(session):
        refund = session.scalars(select(Refund).where(Refund.public_id == public_id)).one_or_none()
        if refund is None:
            raise NotFound
        found = account_of(context.vault, refund)
        acts.record(session, context, refund=refund, action="account_seen")
        return found
