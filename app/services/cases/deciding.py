"""A person's answer to a submitted version: rehearsed word by word, then given once, never by who
entered it.
"""

from sqlalchemy.orm import Session

from app.services.cases.steps import (
    AlreadyDecided,
    AnswerRound,
    AnswerShown,
    RehearsalEnds,
    Reply,
    check_answer,
    checked_reply,
    decided_before,
    give_answer,
    send_answer,
)
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.plans.steps import LockedVersion, lock_version

FIRST = AnswerRound(1, "refused", "plan-decided")


def rehearse_answer(
    session: Session, context: Context, *, version_public_id: str, reply: Reply
) -> AnswerShown:
    """Return exactly what an answer would bring the borrower: it is given by the same steps, read,
    and rolled back.

    Raises: as decide_version.
    """
    reply = checked_reply(reply)
    try:
        with transaction(session):
            locked = lock_version(session, context, version_public_id=version_public_id)
            _check_may_answer(session, context, locked, reply)
            given = give_answer(
                session,
                context,
                locked=locked,
                reply=reply,
                turn=FIRST,
                refused_on=locked.today,
                by="-",
            )
            raise RehearsalEnds(given.shown)
    except RehearsalEnds as done:
        return done.shown


def decide_version(
    session: Session, context: Context, *, version_public_id: str, reply: Reply
) -> None:
    """Approve or refuse a submitted version and tell the borrower what the rehearsal showed.

    A case nobody owns is taken in the same step (ADR 0016).
    Idempotent on: the reply's request key.
    Raises: NotFound, AlreadyDecided, CaseOwnedByAnother, MakerIsChecker, BeyondAuthority,
            ReasonNeeded, WordsNeeded, BannedWords, FiguresBeingChecked, KeyReused,
            PreviewChanged.
    Source: default policy, authority, clocks and hold on collection; I-06.
    """
    reply = checked_reply(reply)
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        if decided_before(session, locked=locked, reply=reply):
            return
        _check_may_answer(session, context, locked, reply)
        given = give_answer(
            session,
            context,
            locked=locked,
            reply=reply,
            turn=FIRST,
            refused_on=locked.today,
            by=context.actor.who,
        )
        send_answer(session, context, locked=locked, given=given, reply=reply)


def _check_may_answer(
    session: Session, context: Context, locked: LockedVersion, reply: Reply
) -> None:
    if locked.version.state != "submitted":
        raise AlreadyDecided
    check_answer(session, context, locked=locked, reply=reply)
