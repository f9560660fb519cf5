"""Who works on a case: one owner at a time, taken and released; a supervisor may take over with a
reason.
"""

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.states import UNANSWERED
from app.domain.texts import N_
from app.models import Appeal, Case, Staff
from app.services.cases.history_queries import TAKE_OVER_REASONS
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.plans.steps import LockedVersion, StateChanged, lock_version


class MakerIsChecker(RuleBroken):
    """Who entered a plan never decides it."""

    code = "maker_is_checker"
    message = N_("这个方案是您经手提交的，要由另一位同事答复")


class RefusedByYou(RuleBroken):
    """An appeal goes to another person than who refused."""

    code = "refused_by_you"
    message = N_("这个方案是您答复不通过的，申诉要由另一位同事来看")


class CaseOwnedByAnother(RuleBroken):
    """Someone else works on the case; `owner` is their name."""

    code = "owned_by_another"
    message = N_("这个案件已经有同事在办")

    def __init__(self, owner: str) -> None:
        super().__init__()
        self.owner = owner


class HandedUp(RuleBroken):
    """The case waits for a supervisor; who handed it up works on it no more."""

    code = "handed_up"
    message = N_("这个案件已经交给主管，由主管来办")


class CaseNotYours(RuleBroken):
    """Only the owner lets go of a case."""

    code = "not_yours"
    message = N_("这个案件不在您手上，请刷新后再看")


class TakeOverRefused(RuleBroken):
    """Taking over needs a supervisor and a reason from the list."""

    code = "take_over_refused"
    message = N_("接手要由主管来做，并选一个原因")


def take_case(session: Session, context: Context, *, version_public_id: str) -> None:
    """Become the owner of a case that has none; the owner taking it again changes nothing.

    Raises: NotFound, StateChanged, CaseOwnedByAnother, HandedUp, MakerIsChecker, RefusedByYou.
    """
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        check_may_own(session, context, locked=locked)
        if own_case(session, context, locked=locked):
            record_taken(session, context, locked=locked)


def release_case(session: Session, context: Context, *, version_public_id: str) -> None:
    """Let go of a case one owns, so that a colleague can take it.

    Raises: NotFound, CaseNotYours.
    """
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        if locked.case.owner_staff_id != context.staff.staff_id or not _change(
            session, locked, Case.owner_staff_id == context.staff.staff_id, to=None
        ):
            raise CaseNotYours
        audit.record(
            session,
            context,
            action="case.released",
            object_kind="plan_version",
            object_id=version_public_id,
            before={"owner": context.staff.staff_id},
            after={"owner": None},
        )


def take_over_case(
    session: Session, context: Context, *, version_public_id: str, reason: str
) -> None:
    """Let a supervisor become the owner of a colleague's case, for a reason of TAKE_OVER_REASONS.

    Raises: NotFound, StateChanged, TakeOverRefused, MakerIsChecker, RefusedByYou.
    """
    if "supervisor" not in context.staff.roles or reason not in TAKE_OVER_REASONS:
        raise TakeOverRefused
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        check_may_own(session, context, locked=locked)
        before = locked.case.owner_staff_id
        if before == context.staff.staff_id:
            return
        if not _change(
            session,
            locked,
            Case.owner_staff_id.is_not_distinct_from(before),
            to=context.staff.staff_id,
        ):
            raise StateChanged
        record_taken(session, context, locked=locked, before=before, reason=reason)


def own_case(session: Session, context: Context, *, locked: LockedVersion) -> bool:
    """Make someone the owner of a locked case that has none; tell whether that changed anything.
    Never commits.

    Raises: CaseOwnedByAnother, HandedUp.
    """
    if locked.case.owner_staff_id == context.staff.staff_id:
        return False
    if locked.case.handed_up_at is not None and "supervisor" not in context.staff.roles:
        raise HandedUp
    if not _change(session, locked, Case.owner_staff_id.is_(None), to=context.staff.staff_id):
        name = session.scalar(
            select(Staff.display_name).where(Staff.id == locked.case.owner_staff_id)
        )
        raise CaseOwnedByAnother(name or "")
    return True


def record_taken(
    session: Session,
    context: Context,
    *,
    locked: LockedVersion,
    before: int | None = None,
    reason: str = "",
) -> None:
    """Leave the audit entry of a case taken. Never commits."""
    audit.record(
        session,
        context,
        action="case.taken",
        object_kind="plan_version",
        object_id=locked.version.public_id,
        before={"owner": before},
        after={"owner": context.staff.staff_id},
        reason=reason,
    )


def check_may_own(session: Session, context: Context, *, locked: LockedVersion) -> None:
    """Pass where someone may work on a locked case: only who may answer it does. Never commits.

    Raises: StateChanged, MakerIsChecker, RefusedByYou.
    """
    if locked.version.state not in UNANSWERED:
        raise StateChanged
    if locked.version.author_person == context.staff.person_id:
        raise MakerIsChecker
    refuser = session.scalar(
        select(Appeal.refused_by).where(Appeal.version_id == locked.version.id)
    )
    if locked.version.state == "under_appeal" and refuser == context.staff.person_id:
        raise RefusedByYou


def _change(
    session: Session, locked: LockedVersion, seen: ColumnElement[bool], *, to: int | None
) -> bool:
    if locked.version.state not in UNANSWERED:
        return False
    changed = session.execute(
        update(Case)
        .where(Case.id == locked.case.id, seen)
        .values(owner_staff_id=to, owned_at=locked.now if to else None)
    )
    return isinstance(changed, CursorResult) and changed.rowcount == 1
