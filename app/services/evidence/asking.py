"""Staff ask for one thing more to be shown, once each, and go on without it where it does not
come.
"""

from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of
from app.domain.errors import RuleBroken
from app.domain.evidence import NEEDS, TOPICS
from app.domain.states import ASKABLE
from app.domain.texts import N_
from app.models import Evidence, EvidenceRequest, OutboxItem, PlanVersion, new_public_id
from app.services.cases.owners import MakerIsChecker, check_may_own, own_case
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import transaction
from app.services.core.wording import check_words
from app.services.evidence.steps import go_on, open_request, record
from app.services.outbox.queue import written_before
from app.services.plans.steps import (
    LockedVersion,
    StateChanged,
    end_ownership,
    lock_version,
    move_version,
    tell_borrower,
)

LONGEST_REQUEST = 200
ACTOR = Actor("job:lapsing")


class RequestWordsNeeded(RuleBroken):
    """A request without words, or with more than anyone reads."""

    code = "request_words_needed"
    message = N_("请写给借款人：要补什么、为什么，最多 %(most)s 字")
    values = MappingProxyType({"most": LONGEST_REQUEST})


class TopicNeeded(RuleBroken):
    """Nothing was chosen."""

    code = "topic_needed"
    message = N_("请选要补哪一样")


class AskedBefore(RuleBroken):
    """The same thing is never asked for twice."""

    code = "asked_before"
    message = N_("这一样已经请本人补过，或者已经给了；同一样不请第二次")


def ask_document(
    session: Session,
    context: Context,
    *,
    version_public_id: str,
    topic: str,
    words: str,
    request_key: str,
) -> None:
    """Ask for one thing to be shown and let the case wait for it, our clock standing still; the
    borrower is told by SMS that there is something to read.

    Idempotent on: request_key.
    Raises: NotFound, StateChanged, CaseOwnedByAnother, HandedUp, MakerIsChecker, TopicNeeded,
            AskedBefore, RequestWordsNeeded, BannedWords, KeyReused.
    Source: product, states; ADR 0037.
    """
    said = words.replace("\r\n", "\n").strip()
    if topic not in TOPICS:
        raise TopicNeeded
    if not said or len(said) > LONGEST_REQUEST:
        raise RequestWordsNeeded
    check_words(said)
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        if _asked_by(session, locked, topic, request_key):
            return
        check_may_own(session, context, locked=locked)
        own_case(session, context, locked=locked)
        _check_new(session, locked, topic)
        _ask(session, context, locked, topic=topic, words=said, request_key=request_key)


def stop_waiting(session: Session, context: Context, *, version_public_id: str) -> None:
    """Go on without what was asked for: the case waits for us again, its clock with the days that
    were left.

    Idempotent on: the version; one that waits for nothing stays as it is.
    Raises: NotFound, MakerIsChecker.
    """
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        if locked.version.author_person == context.staff.person_id:
            raise MakerIsChecker
        _go_on(session, context, locked, why="let_go")


def stop_waiting_in_time(session: Session, context: Context, *, limit: int) -> int:
    """Let up to `limit` plans go on whose papers did not come in time, each in its own transaction;
    return how many.

    Nothing ends for want of a paper: a person answers on what there is (ADR 0050).
    Source: default policy, document_days.
    """
    days = active_policy(session)[1].clocks.document_days
    past = EvidenceRequest.asked_at <= end_of(context.today - timedelta(days=days + 1))
    return sum(_lapse(session, context, one) for one in _waiting(session, past, limit))


def remind_of_documents(session: Session, context: Context, *, limit: int) -> int:
    """Tell by SMS, once, that a paper is still waited for.

    Source: product, states: reminded once; default policy, document_notice_days.
    """
    clocks = active_policy(session)[1].clocks
    before = clocks.document_days - clocks.document_notice_days
    told = select(OutboxItem.id).where(
        OutboxItem.idempotency_key == "document-reminder:" + EvidenceRequest.public_id
    )
    due = EvidenceRequest.asked_at <= end_of(context.today - timedelta(days=before))
    found = _waiting(session, due & ~told.exists(), limit)
    return sum(_remind(session, context, one) for one in found)


def _asked_by(session: Session, locked: LockedVersion, topic: str, request_key: str) -> bool:
    found = session.scalars(
        select(EvidenceRequest).where(EvidenceRequest.request_key == request_key)
    ).one_or_none()
    if found is not None and (found.version_id, found.topic) != (locked.version.id, topic):
        raise KeyReused
    return found is not None


def _check_new(session: Session, locked: LockedVersion, topic: str) -> None:
    asked = select(EvidenceRequest.id).where(
        EvidenceRequest.plan_id == locked.plan.id, EvidenceRequest.topic == topic
    )
    # What nobody can make out may be asked for; what was given and can be read may not.
    given = select(Evidence.id).where(
        Evidence.plan_id == locked.plan.id,
        Evidence.topic == topic,
        Evidence.deleted_at.is_(None),
        Evidence.verdict.is_distinct_from("unclear"),
    )
    if any(session.scalars(one.limit(1)).first() is not None for one in (asked, given)):
        raise AskedBefore


def _ask(
    session: Session,
    context: Context,
    locked: LockedVersion,
    *,
    topic: str,
    words: str,
    request_key: str,
) -> None:
    row = new_public_id()
    changes = move_version(session, locked=locked, to=NEEDS)
    end_ownership(locked=locked)
    session.add(
        EvidenceRequest(
            public_id=row,
            plan_id=locked.plan.id,
            version_id=locked.version.id,
            topic=topic,
            words_enc=context.vault.seal(words, table="evidence_requests", row=row, column="words"),
            key_version=context.vault.key_version,
            staff_id=context.staff.staff_id,
            asked_at=context.now,
            request_key=request_key,
        )
    )
    _tell(session, context, locked, template="document_asked", key=f"document-asked:{row}")
    record(
        session,
        context,
        locked=locked,
        action="plan.needs_document",
        after=changes,
        before=ASKABLE,
    )


def _tell(
    session: Session, context: Context, locked: LockedVersion, *, template: str, key: str
) -> None:
    # What the SMS says stands only while the version waits for it.
    session.flush()
    session.refresh(locked.version)
    tell_borrower(session, context, locked=locked, template=template, key=key, values={})


def _go_on(session: Session, context: Context, locked: LockedVersion, *, why: str) -> bool:
    asked = open_request(session, version_id=locked.version.id)
    if locked.version.state != NEEDS or asked is None:
        return False
    changes = go_on(session, context, locked=locked, asked=asked, why=why)
    record(
        session,
        context,
        locked=locked,
        action="plan.document_let_go",
        after=changes,
        before=NEEDS,
    )
    return True


def _waiting(session: Session, which: ColumnElement[bool], limit: int) -> list[str]:
    query = (
        select(PlanVersion.public_id)
        .join(EvidenceRequest, EvidenceRequest.version_id == PlanVersion.id)
        .where(PlanVersion.state == NEEDS, EvidenceRequest.ended_at.is_(None), which)
    )
    return list(session.scalars(query.order_by(EvidenceRequest.id).limit(limit)))


def _lapse(session: Session, context: Context, version: str) -> bool:
    try:
        with transaction(session):
            locked = lock_version(session, context, version_public_id=version)
            return _go_on(session, context.by(ACTOR), locked, why="late")
    except StateChanged:  # given or withdrawn between the list and the lock
        return False


def _remind(session: Session, context: Context, version: str) -> bool:
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version)
        asked = open_request(session, version_id=locked.version.id)
        if locked.version.state != NEEDS or asked is None:
            return False
        key = f"document-reminder:{asked.public_id}"
        if written_before(session, key=key):
            return False
        _tell(session, context, locked, template="document_reminder", key=key)
        told = {"asked_on": beijing_date(asked.asked_at).isoformat()}
        by = context.by(ACTOR)
        record(session, by, locked=locked, action="plan.document_reminded", after=told)
    return True
