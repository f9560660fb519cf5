"""Staff note something on a case for each other, or hand it up to a supervisor with a summary."""

from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import CaseNote, new_public_id
from app.services.cases.owners import check_may_own, own_case
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import transaction
from app.services.plans.steps import LockedVersion, lock_version

LONGEST_NOTE = 500


class CaseNoteNeeded(RuleBroken):
    """A note without words, or with more than anyone reads."""

    code = "note_needed"
    message = N_("请写几句，最多 %(most)s 字")
    values = MappingProxyType({"most": LONGEST_NOTE})


class SupervisorDecides(RuleBroken):
    """Who may decide as a supervisor has nobody to hand up to."""

    code = "supervisor_decides"
    message = N_("您就是主管，可以直接答复")


def add_note(
    session: Session, context: Context, *, version_public_id: str, words: str, request_key: str
) -> None:
    """Keep a note on a case, whoever works on it and whatever became of it.

    Idempotent on: request_key.
    Raises: NotFound, CaseNoteNeeded, KeyReused.
    """
    said = _checked(words)
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        if _noted_before(session, locked, request_key):
            return
        _keep(session, context, locked, kind="note", words=said, request_key=request_key)
        _record(session, context, locked, "case.noted")


def hand_up_case(
    session: Session, context: Context, *, version_public_id: str, words: str, request_key: str
) -> None:
    """Let a case wait for a supervisor, with a summary for whoever takes it; its clock runs on.

    Idempotent on: request_key.
    Raises: NotFound, StateChanged, CaseOwnedByAnother, HandedUp, MakerIsChecker, RefusedByYou,
            SupervisorDecides, CaseNoteNeeded, KeyReused.
    Source: default policy, authority; ADR 0016.
    """
    said = _checked(words)
    if "supervisor" in context.staff.roles:
        raise SupervisorDecides
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        if _noted_before(session, locked, request_key):
            return
        check_may_own(session, context, locked=locked)
        # Passes where it is theirs or nobody's, so that nobody hands up what a colleague works on.
        own_case(session, context, locked=locked)
        session.refresh(locked.case)
        _keep(session, context, locked, kind="handed_up", words=said, request_key=request_key)
        locked.case.owner_staff_id = locked.case.owned_at = None
        locked.case.handed_up_at = context.now
        _record(session, context, locked, "case.handed_up")


def _checked(words: str) -> str:
    # Browsers send CRLF, which would count twice against the limit.
    said = words.replace("\r\n", "\n").strip()
    if not said or len(said) > LONGEST_NOTE:
        raise CaseNoteNeeded
    return said


def _noted_before(session: Session, locked: LockedVersion, request_key: str) -> bool:
    query = select(CaseNote.case_id).where(CaseNote.request_key == request_key)
    found = session.scalars(query).one_or_none()
    if found is not None and found != locked.case.id:
        raise KeyReused
    return found is not None


def _keep(
    session: Session,
    context: Context,
    locked: LockedVersion,
    *,
    kind: str,
    words: str,
    request_key: str,
) -> None:
    row = new_public_id()
    session.add(
        CaseNote(
            public_id=row,
            case_id=locked.case.id,
            kind=kind,
            staff_id=context.staff.staff_id,
            words_enc=context.vault.seal(words, table="case_notes", row=row, column="words"),
            key_version=context.vault.key_version,
            request_key=request_key,
            at=context.now,
        )
    )
    session.flush()


def _record(session: Session, context: Context, locked: LockedVersion, action: str) -> None:
    audit.record(
        session,
        context,
        action=action,
        object_kind="plan_version",
        object_id=locked.version.public_id,
    )
