"""The desk calls back: sees the full number, on record, and notes once what was agreed."""

from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import CallbackRequest
from app.services.callbacks.queries import unsealed
from app.services.callbacks.steps import KIND, AlreadyAnswered, check_owner, find, keep_contact
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction

ROUTE = "callback.answer"
LONGEST_NOTE = 500


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
        row = find(session, public_id=public_id)
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
    Raises: NotFound, AlreadyAnswered, CallbackOfAnother, NoteNeeded, KeyReused.
    Source: default policy, first reply; C-15.
    """
    words = note.strip()
    if not words or len(words) > LONGEST_NOTE:
        raise NoteNeeded

    # A keyed hash: notes are about people, and the table of keys must not tell them.
    body = context.vault.fingerprint(f"{public_id}\n{words}", purpose="request")
    request = Request(context.actor.who, ROUTE, request_key, body)
    with transaction(session):
        row = find(session, public_id=public_id, is_to_change=True)
        if reply_before(session, request=request) is not None:
            return

        check_owner(context, row=row)
        # Conditional on "open": of two colleagues who called, the second learns of the first
        # instead of overwriting the note.
        _close(
            session,
            context,
            row,
            context.vault.seal(words, table="callback_requests", row=public_id, column="answer"),
        )
        keep_contact(session, context, row=row, result="answered")
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


def _close(session: Session, context: Context, row: CallbackRequest, sealed_note: bytes) -> None:
    is_open = update(CallbackRequest).where(
        CallbackRequest.id == row.id, CallbackRequest.state == "open"
    )
    closed = is_open.values(
        state="answered",
        answered_at=context.now,
        answered_by=context.actor.who,
        owner=context.actor.who,
        answer_enc=sealed_note,
    )
    if session.execute(closed.returning(CallbackRequest.id)).scalar() is None:
        raise AlreadyAnswered
