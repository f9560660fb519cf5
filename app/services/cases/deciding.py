"""A person's answer to a version, the first one or the one to an appeal: rehearsed word by word,
then given once, never by who entered it.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.models import Appeal
from app.services.cases.appeals import refusal_of
from app.services.cases.owners import RefusedByYou, own_case, record_taken
from app.services.cases.steps import (
    AlreadyDecided,
    AnswerEffect,
    AnswerRound,
    AnswerShown,
    ApprovedByYou,
    ChangedByBorrower,
    Reply,
    check_answer,
    checked_reply,
    decided_before,
    give_answer,
    needed_by,
    send_answer,
)
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import rehearse, transaction
from app.services.plans.releases import add_release
from app.services.plans.steps import LockedVersion, end_ownership, lock_version
from app.services.plans.version_queries import stands_behind

FIRST = AnswerRound(1, "submitted", "refused", "plan-decided")
APPEAL = AnswerRound(2, "under_appeal", "upheld", "appeal-answered")
ROUNDS = {one.waits_in: one for one in (FIRST, APPEAL)}


def rehearse_answer(
    session: Session,
    context: Context,
    *,
    version_public_id: str,
    reply: Reply,
    turn: AnswerRound = FIRST,
) -> AnswerShown:
    """Return exactly what an answer would bring the borrower: it is given by the same steps, read,
    and rolled back.

    Raises: as decide_version, but for KeyReused and PreviewChanged.
    """
    reply = checked_reply(reply)

    def given() -> AnswerShown:
        locked = lock_version(session, context, version_public_id=version_public_id)
        return _give(session, context, locked, reply, turn, by="-").shown

    return rehearse(session, steps=given)


def decide_version(
    session: Session,
    context: Context,
    *,
    version_public_id: str,
    reply: Reply,
    turn: AnswerRound = FIRST,
) -> None:
    """Approve or refuse a version that waits in this round, and tell the borrower what the
    rehearsal showed. Beyond one supervisor the first approval is kept, and the case waits for the
    second.

    An appeal goes to another person than refused. A case nobody owns is taken in the same step
    (ADR 0016).
    Idempotent on: the reply's request key.
    Raises: NotFound, AlreadyDecided, CaseOwnedByAnother, MakerIsChecker, RefusedByYou,
            BeyondAuthority, ReasonNeeded, WordsNeeded, BannedWords, FiguresBeingChecked,
            KeyReused, PreviewChanged.
    Source: default policy, authority, appeal, clocks and hold on collection; I-06.
    """
    reply = checked_reply(reply)
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        if decided_before(session, locked=locked, reply=reply):
            return
        if _is_first_of_two(session, context, locked, reply, turn):
            _stand_behind(session, context, locked, reply)
            return
        given = _give(session, context, locked, reply, turn, by=context.actor.who)
        send_answer(session, context, locked=locked, given=given, reply=reply)


def _give(
    session: Session,
    context: Context,
    locked: LockedVersion,
    reply: Reply,
    turn: AnswerRound,
    *,
    by: str,
) -> AnswerEffect:
    if locked.version.state == "superseded":
        raise ChangedByBorrower
    if locked.version.state != turn.waits_in:
        raise AlreadyDecided
    refused_on = _refused_on(session, context, locked, reply, turn)
    if reply.answer == "approve" and locked.version.releases_needed:
        _check_another(session, context, locked)
        add_release(session, context, version=locked.version)
    return give_answer(
        session, context, locked=locked, reply=reply, turn=turn, refused_on=refused_on, by=by
    )


def _is_first_of_two(
    session: Session, context: Context, locked: LockedVersion, reply: Reply, turn: AnswerRound
) -> bool:
    """Tell whether this approval needs another beside it, and none is there yet."""
    if reply.answer != "approve" or locked.version.state != turn.waits_in:
        return False
    return needed_by(session, locked=locked).supervisors > 1 and not locked.version.releases_needed


def _stand_behind(session: Session, context: Context, locked: LockedVersion, reply: Reply) -> None:
    """Keep the first of two approvals: nothing goes to the borrower, and the case waits for another
    supervisor, on the same clock.

    Source: default policy, authority.
    """
    check_answer(session, context, locked=locked, reply=reply)
    was_taken = own_case(session, context, locked=locked)
    session.refresh(locked.case)
    add_release(session, context, version=locked.version)
    locked.version.releases_needed = 2
    locked.case.waits_for = "second_person"
    end_ownership(locked=locked)
    session.flush()
    if was_taken:
        record_taken(session, context, locked=locked)
    audit.record(
        session,
        context,
        action="plan.approved_first",
        object_kind="plan_version",
        object_id=locked.version.public_id,
        after={"behind": 1},
        reason=reply.reason_code,
    )


def _check_another(session: Session, context: Context, locked: LockedVersion) -> None:
    if stands_behind(session, context, version_id=locked.version.id):
        raise ApprovedByYou


def _refused_on(
    session: Session, context: Context, locked: LockedVersion, reply: Reply, turn: AnswerRound
) -> date:
    """Pass where this person may answer in this round; return the day a refusal counts from.

    The hold never ends before the days that follow the first refusal anyway (ADR 0015).
    """
    if turn is FIRST:
        check_answer(session, context, locked=locked, reply=reply)
        return locked.today

    waiting = select(Appeal).where(Appeal.version_id == locked.version.id)
    appeal = session.scalars(waiting).one_or_none()
    if appeal is None:
        raise AlreadyDecided
    if appeal.refused_by == context.staff.person_id:
        raise RefusedByYou
    check_answer(session, context, locked=locked, reply=reply)
    appeal.answered_by, appeal.answered_at = context.staff.person_id, locked.now
    return beijing_date(refusal_of(session, locked=locked).at)
