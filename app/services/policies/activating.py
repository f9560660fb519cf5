"""A draft of the policy becomes a version: by another person, from a day on."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.policy import Policy
from app.domain.policy_checks import Contradictory, contradictions
from app.domain.policy_numbers import differences
from app.domain.policy_texts import text_differences, text_faults
from app.domain.texts import N_
from app.models import PolicyDraft, PolicyVersion
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import LATEST_FIRST, forget_policy, texts_of
from app.services.core.transaction import line_up, transaction
from app.services.policies.latest_queries import draft_texts, latest_version
from app.services.policies.steps import (
    ALL_VERSIONS,
    OBJECT,
    DraftOver,
    check_edition,
    end_draft,
    lock_draft,
    record,
)

ACTOR = Actor("job:policies")


class MakerActivates(RuleBroken):
    """Who made a version never activates it."""

    code = "policy_same_person"
    message = N_("写的人不能自己启用，要由另一位管理员启用")


class BaseChanged(RuleBroken):
    """Another version has come since the draft was begun."""

    code = "policy_base_changed"
    message = N_("起草之后政策换过一版，这一份不能再启用，请作废后重新起草")


def activate_draft(session: Session, context: Context, *, public_id: str, edition: int) -> str:
    """Make a draft that was handed over a version, from its day on, or from today where the day has
    passed; return its name. Plans keep the version they were judged by.

    Idempotent on: the draft and the person.
    Raises: NotFound, DraftOver, MakerActivates, DraftChanged, BaseChanged, Contradictory.
    Source: V2.3.5; ADR 0049.
    """
    with transaction(session):
        line_up(session, ALL_VERSIONS)
        draft = lock_draft(session, public_id=public_id)
        if draft.state == "activated" and draft.activated_person == context.staff.person_id:
            return draft.version
        _check(session, context, draft, edition)
        latest = latest_version(session)
        base = Policy.from_values(latest.values)
        before = texts_of(session, version=latest.version)
        row = _version(context, draft)
        draft.activated_person = context.staff.person_id
        end_draft(context, draft, "activated")
        session.add(row)
        session.flush()
        if row.from_on == context.today:
            _mark(session, row)
        changed = differences(base, Policy.from_values(row.values))
        said = text_differences(before, draft_texts(session, draft=draft))
        record(
            session,
            context,
            draft=draft,
            action="policy.activated",
            from_on=str(row.from_on),
            made_by=draft.made_by,
            numbers={one.name: [one.before, one.after] for one in changed},
            texts={f"{one.kind}:{one.name}": [one.before, one.after] for one in said},
        )
    forget_policy(session)
    return row.version


def put_in_force(session: Session, context: Context) -> int:
    """Move the mark to the version whose day has come; return how many were put in force.

    Idempotent on: the version.
    Source: ADR 0049.
    """
    if _due(session, context) is None:
        return 0
    with transaction(session):
        line_up(session, ALL_VERSIONS)
        row = _due(session, context)
        if row is None:
            return 0
        _mark(session, row)
        audit.record(
            session,
            context.by(ACTOR),
            action="policy.in_force",
            object_kind=OBJECT,
            object_id=row.version,
            after={"from_on": str(row.from_on)},
        )
    forget_policy(session)
    return 1


def _check(session: Session, context: Context, draft: PolicyDraft, edition: int) -> None:
    if draft.state != "handed":
        raise DraftOver
    if draft.made_person == context.staff.person_id:
        raise MakerActivates
    check_edition(draft, edition)
    if latest_version(session).version != draft.base_version:
        raise BaseChanged
    texts = draft_texts(session, draft=draft)
    if faults := (*contradictions(Policy.from_values(draft.values)), *text_faults(texts)):
        raise Contradictory(count=len(faults))


def _version(context: Context, draft: PolicyDraft) -> PolicyVersion:
    return PolicyVersion(
        version=draft.version,
        values=dict(draft.values),
        made_by=draft.made_by,
        made_at=draft.made_at,
        activated_by=context.actor.who,
        activated_at=context.now,
        # The day may have passed while it waited for a second person: nothing counts backwards.
        from_on=max(draft.from_on or context.today, context.today),
        is_active=False,
    )


def _mark(session: Session, row: PolicyVersion) -> None:
    # Statements and no attributes: which version is in force is no word of the version, and the
    # trail attests words.
    every = update(PolicyVersion).execution_options(synchronize_session=False)
    session.execute(every.where(PolicyVersion.is_active).values(is_active=False))
    session.execute(every.where(PolicyVersion.id == row.id).values(is_active=True))


def _due(session: Session, context: Context) -> PolicyVersion | None:
    is_due = PolicyVersion.activated_at.is_not(None), PolicyVersion.from_on <= context.today
    query = select(PolicyVersion).where(*is_due).order_by(*LATEST_FIRST).limit(1)
    found = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    return None if found is None or found.is_active else found
