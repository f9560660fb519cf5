"""Another person lets a counter-offer go to its borrower, or returns it; whoever wrote it takes it
back.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.authority import SUPERVISOR
from app.domain.errors import RuleBroken
from app.domain.states import LENDER
from app.domain.texts import N_
from app.models import PlanVersion
from app.services.cases.steps import BeyondAuthority, FiguresBeingChecked, PreviewChanged
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.counters.steps import (
    check_not_own,
    checked_words,
    drop_draft,
    keep_words,
    let_go,
    lock_with_parent,
    record_dropped,
    record_let_go,
    standing,
)
from app.services.plans.releases import add_release
from app.services.plans.steps import StateChanged, lock_version
from app.services.plans.version_queries import stands_behind


class NotWaiting(StateChanged):
    """The counter-offer was released, returned or overtaken meanwhile."""

    code = "not_waiting"
    message = N_("这份建议已经不在等放行了，请刷新后再看")


class Overtaken(NotWaiting):
    """What the counter-offer answers is no longer what stands."""

    code = "overtaken"
    message = N_("本人那一版已经变了，这份建议不能再放行；请看现在的一版")


class NotTheirs(RuleBroken):
    """Only the author, or a supervisor, takes a counter-offer back."""

    code = "not_theirs"
    message = N_("这份建议由作者或主管来收回")


def release_counter(
    session: Session, context: Context, *, version_public_id: str, shown_sha256: str
) -> bool:
    """Stand behind a counter-offer that waits; tell whether it went to its borrower, or waits for
    another supervisor still.

    Idempotent on: the version and the person.
    Raises: NotFound, NotWaiting, Overtaken, MakerIsChecker, BeyondAuthority, FiguresBeingChecked,
            PreviewChanged.
    Source: default policy, authority.
    """
    if SUPERVISOR not in context.staff.roles:
        raise BeyondAuthority
    with transaction(session):
        counter, parent = lock_with_parent(session, context, version_public_id=version_public_id)
        version = counter.version
        if stands_behind(session, context, version_id=version.id):
            return version.state != "draft"
        if version.state != "draft":
            raise NotWaiting
        if not standing(parent.version, context.now):
            raise Overtaken
        check_not_own(context, counter=version, parent=parent.version)
        if version.terms_sha256 != shown_sha256:
            raise PreviewChanged
        if any(loan.missing_since_on for loan in counter.loans):
            raise FiguresBeingChecked
        behind = add_release(session, context, version=version)
        is_enough = behind >= version.releases_needed
        done = let_go(session, context, parent=parent, counter=counter) if is_enough else None
        audit.record(
            session,
            context,
            action="plan.counter_released",
            object_kind="plan_version",
            object_id=version_public_id,
            after={"behind": behind},
        )
        if done is not None:
            record_let_go(session, context, done=done)
        return is_enough


def return_counter(
    session: Session, context: Context, *, version_public_id: str, words: str
) -> None:
    """Take a counter-offer back before its borrower has seen it: its author, or a supervisor who
    says what to change. The version it answers stands, and its case waits for us.

    Idempotent on: the version; one taken back before stays as it is.
    Raises: NotFound, NotWaiting, NotTheirs, CounterWordsNeeded.
    """
    said = checked_words(words)
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        version = locked.version
        if version.author_kind == LENDER and version.state == "recalled":
            return
        if version.state != "draft":
            raise NotWaiting
        if version.author_person != context.staff.person_id and not _is_supervisor(context):
            raise NotTheirs
        keep_words(session, context, version=version, kind="returned", words=said)
        done = drop_draft(session, locked=locked, to="recalled", action="plan.counter_returned")
        record_dropped(session, context, done=done)


def _is_supervisor(context: Context) -> bool:
    return SUPERVISOR in context.staff.roles


def waits(session: Session, *, version_public_id: str) -> bool:
    """Tell whether a counter-offer waits for others."""
    state = select(PlanVersion.state).where(PlanVersion.public_id == version_public_id)
    return session.scalar(state) == "draft"
