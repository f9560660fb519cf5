"""Steps that every call back shares: find, whose it is, the record. They never commit."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import CallbackRequest, Contact
from app.services.core.context import Context

KIND = "callback_request"


class AlreadyAnswered(RuleBroken):
    """A colleague called first."""

    code = "already_answered"
    message = N_("这个回电已经有同事办好了，请看下面的记录")


class CallbackOfAnother(RuleBroken):
    """A colleague calls back."""

    code = "callback_of_another"
    message = N_("这个回电已经有同事在办。需要换人，请那位同事或主管先放回")


def find(session: Session, *, public_id: str, is_to_change: bool = False) -> CallbackRequest:
    """Return one request, locked and read anew where it is to be changed.

    Raises: NotFound.
    """
    query = select(CallbackRequest).where(CallbackRequest.public_id == public_id)
    if is_to_change:
        # Without populate_existing the session would hand back the row as the page had read it.
        query = query.with_for_update().execution_options(populate_existing=True)

    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound

    return row


def check_owner(context: Context, *, row: CallbackRequest) -> None:
    """Pass where nobody else calls back; one that was answered is told as such.

    Raises: AlreadyAnswered, CallbackOfAnother.
    """
    if row.state != "open":
        raise AlreadyAnswered
    if row.owner not in (None, context.actor.who):
        raise CallbackOfAnother


def keep_contact(session: Session, context: Context, *, row: CallbackRequest, result: str) -> None:
    """A call the borrower asked for is a service, no demand: it counts against no limit (M-16)."""
    if row.borrower_id is not None:
        session.add(
            Contact(
                borrower_id=row.borrower_id,
                channel="voice",
                purpose="service",
                institution=context.site.lender_name,
                person=context.actor.who,
                at=context.now,
                result=result,
                words=f"按您的要求回电，编号 {row.number}",
            )
        )
