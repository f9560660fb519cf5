"""The desk calls back: sees the full number, on record, and notes once what was agreed."""

from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import CallbackRequest, Contact
from app.services.callbacks.queries import unsealed
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction

ROUTE = "callback.answer"
LONGEST_NOTE = 500
KIND = "callback_request"


class AlreadyAnswered(RuleBroken):
    """A colleague called first."""

    code = "already_answered"
    message = N_("这个回电已经有同事办好了，请看下面的记录")


class NoteNeeded(RuleBroken):
    """No note of what was agreed, or one too long."""

    code = "note_needed"
    message = N_("请写几句谈好了什么，最多 %(most)s 字")
    values = MappingProxyType({"most": LONGEST_NOTE})


@dataclass(frozen=True)
class Caller:
    """Whom to ask for and at which number, in full."""

    name: str
    mobile: str


def show_caller(session: Session, context: Context, *, public_id: str) -> Caller:
    """Return the full name and mobile of a request; every look leaves an audit entry.

    Raises: NotFound.
    Source: I-16.
    """
    with transaction(session):
        row = _find(session, public_id)
        # The number is opened only together with an entry that says so (I-15).
        found = Caller(unsealed(context.vault, row, "name"), unsealed(context.vault, row, "mobile"))
        audit.record(
            session,
            context,
            action="callback.number_seen",
            object_kind=KIND,
            object_id=public_id,
            after={"number": row.number},
        )

        return found


def answer_callback(
    session: Session, context: Context, *, public_id: str, note: str, request_key: str
) -> None:
    """Close an open request with a note of what was agreed; a known borrower's record of contacts
    gets the call.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, AlreadyAnswered, NoteNeeded, KeyReused.
    Source: default policy, first reply; C-15.
    """
    words = note.strip()
    if not words or len(words) > LONGEST_NOTE:
        raise NoteNeeded

    # A keyed hash: notes are about people, and the table of keys must not tell them.
    body = context.vault.fingerprint(f"{public_id}\n{words}", purpose="request")
    request = Request(context.actor.who, ROUTE, request_key, body)
    with transaction(session):
        row = _find(session, public_id, is_to_change=True)
        if reply_before(session, request=request) is not None:
            return

        # Conditional on "open": of two colleagues who called, the second learns of the first
        # instead of overwriting the note.
        _close(
            session,
            context,
            row,
            context.vault.seal(words, table="callback_requests", row=public_id, column="answer"),
        )
        _keep_contact(session, context, row)
        keep_reply(session, context, request=request)
        audit.record(
            session,
            context,
            action="callback.answered",
            object_kind=KIND,
            object_id=public_id,
            before={"state": "open"},
            after={"state": "answered", "number": row.number},
        )


def _find(session: Session, public_id: str, *, is_to_change: bool = False) -> CallbackRequest:
    query = select(CallbackRequest).where(CallbackRequest.public_id == public_id)
    if is_to_change:
        # Without populate_existing the session would hand back the row as the page had read it.
        query = query.with_for_update().execution_options(populate_existing=True)

    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound

    return row


def _close(session: Session, context: Context, row: CallbackRequest, sealed_note: bytes) -> None:
    is_open = update(CallbackRequest).where(
        CallbackRequest.id == row.id, CallbackRequest.state == "open"
    )
    closed = is_open.values(
        state="answered",
        answered_at=context.now,
        answered_by=context.actor.who,
        answer_enc=sealed_note,
    )
    if session.execute(closed.returning(CallbackRequest.id)).scalar() is None:
        raise AlreadyAnswered


def _keep_contact(session: Session, context: Context, row: CallbackRequest) -> None:
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
                result="answered",
                words=f"按您的要求回电，编号 {row.number}",
            )
        )
