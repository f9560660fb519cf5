"""A person's answer to a submitted version: rehearsed word by word, then given once, never by who
entered it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.ports.site import Site
from app.ports.vault import Vault
from app.services.cases.steps import (
    AlreadyDecided,
    AnswerShown,
    Decider,
    Rehearsed,
    Reply,
    Turn,
    check_answer,
    checked_reply,
    decided_before,
    give_answer,
    send_answer,
)
from app.services.core.audit import Actor
from app.services.core.transaction import transaction
from app.services.plans.steps import LockedVersion, lock_version

FIRST = Turn(1, "refused", "plan-decided")


def rehearse_answer(
    session: Session,
    *,
    vault: Vault,
    site: Site,
    version_public_id: str,
    reply: Reply,
    decider: Decider,
    now: datetime,
) -> AnswerShown:
    """Return exactly what an answer would bring the borrower: it is given by the same steps, read,
    and rolled back.

    Raises: as decide_version.
    """
    reply = checked_reply(reply)
    try:
        with transaction(session):
            case = lock_version(session, version_public_id=version_public_id, now=now)
            _check(session, case, reply, decider)
            given = give_answer(
                session,
                case=case,
                reply=reply,
                decider=decider,
                turn=FIRST,
                refused_on=case.today,
                by="-",
                vault=vault,
                site=site,
            )
            raise Rehearsed(given.shown)
    except Rehearsed as done:
        return done.shown


def decide_version(
    session: Session,
    *,
    vault: Vault,
    site: Site,
    version_public_id: str,
    reply: Reply,
    decider: Decider,
    actor: Actor,
    now: datetime,
) -> None:
    """Approve or refuse a submitted version and tell the borrower what the rehearsal showed.

    A case nobody owns is taken in the same step (ADR 0016).
    Idempotent on: the reply's request key.
    Raises: NotFound, AlreadyDecided, OwnedByAnother, MakerIsChecker, BeyondAuthority, ReasonNeeded,
            WordsNeeded, BannedWords, FiguresBeingChecked, KeyReused, PreviewChanged.
    Source: default policy, authority, clocks and hold on collection; I-06.
    """
    reply = checked_reply(reply)
    with transaction(session):
        case = lock_version(session, version_public_id=version_public_id, now=now)
        if decided_before(session, case=case, reply=reply):
            return
        _check(session, case, reply, decider)
        given = give_answer(
            session,
            case=case,
            reply=reply,
            decider=decider,
            turn=FIRST,
            refused_on=case.today,
            by=actor.who,
            vault=vault,
            site=site,
        )
        send_answer(session, case=case, given=given, reply=reply, decider=decider, actor=actor)


def _check(session: Session, case: LockedVersion, reply: Reply, decider: Decider) -> None:
    if case.version.state != "submitted":
        raise AlreadyDecided
    check_answer(session, case=case, reply=reply, decider=decider)
