"""What need not be kept goes, and a record of how much stays."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.spans import LEEWAY
from app.models import (
    Base,
    FailedTry,
    OutboxItem,
    SessionRow,
    Signature,
    SignInCode,
    StaffDevice,
    StaffSignIn,
)
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction

# I-13 and V6.5.5 allow no more; a code lives five minutes.
CODE_HASH = timedelta(minutes=10)
# The longest span that limits on codes look back over.
CODE = timedelta(days=1)
FAILED_TRY = timedelta(days=1)
SESSION = timedelta(days=1)
# As long as the browser keeps its cookie.
STAFF_DEVICE = timedelta(days=180)
# By then the record of contacts has long taken its place; the row only keeps the key from being
# used twice.
MESSAGE = timedelta(days=90)
WIPED = ""
ACTOR = Actor("job:housekeeping")


def clear_out(session: Session, context: Context, *, limit: int) -> int:
    """Wipe hashes of codes after ten minutes and delete rows past their time, up to `limit` of
    each; return how many.

    Idempotent on: the rows; a second run finds nothing.
    Source: I-04, I-13.
    """
    kinds: tuple[tuple[type[Base], InstrumentedAttribute[int], ColumnElement[bool]], ...] = (
        (SignInCode, SignInCode.id, _old_codes(context.now)),
        (FailedTry, FailedTry.id, FailedTry.at <= context.now - FAILED_TRY),
        (SessionRow, SessionRow.id, _over_sessions(context.now)),
        (StaffSignIn, StaffSignIn.id, StaffSignIn.expires_at <= context.now),
        (StaffDevice, StaffDevice.id, StaffDevice.last_seen_at <= context.now - STAFF_DEVICE),
        (
            OutboxItem,
            OutboxItem.id,
            (OutboxItem.state != "waiting") & (OutboxItem.created_at <= context.now - MESSAGE),
        ),
    )
    with transaction(session):
        # Without a limit, unlike the rest: how long a hash may live is a promise.
        _wipe_hashes(session, context)
        counts = {
            kind.__tablename__: _delete(session, kind, key, past, limit)
            for kind, key, past in kinds
        }
        done = sum(counts.values())
        if done:
            audit.record(
                session,
                context.by(ACTOR),
                action="retention.cleared",
                object_kind="tables",
                object_id="-",
                after=counts,
            )

    return done


def _wipe_hashes(session: Session, context: Context) -> None:
    # What a clock that was ahead wrote opens nothing any more (ADR 0043).
    old = or_(
        SignInCode.asked_at <= context.now - CODE_HASH, SignInCode.asked_at > context.now + LEEWAY
    )
    kept = SignInCode.code_hash != WIPED
    session.execute(update(SignInCode).where(old, kept).values(code_hash=WIPED))


def _old_codes(now: datetime) -> ColumnElement[bool]:
    # The code of a signature is evidence and stays (ADR 0022).
    signed = select(Signature.code_id).where(Signature.code_id == SignInCode.id).exists()
    return (SignInCode.asked_at <= now - CODE) & ~signed


def _over_sessions(now: datetime) -> ColumnElement[bool]:
    return or_(SessionRow.ended_at <= now - SESSION, SessionRow.expires_at <= now - SESSION)


def _delete(
    session: Session,
    kind: type[Base],
    key: InstrumentedAttribute[int],
    past: ColumnElement[bool],
    limit: int,
) -> int:
    # A few at a time and past what others hold: tidying up keeps nobody waiting.
    ids = session.scalars(
        select(key).where(past).order_by(key).limit(limit).with_for_update(skip_locked=True)
    ).all()
    if ids:
        session.execute(delete(kind).where(key.in_(ids)))
    return len(ids)
