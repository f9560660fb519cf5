"""Steps that every act on a draft of the policy shares: lock, check, put on record. They never
commit.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import PolicyDraft
from app.services.core import audit
from app.services.core.context import Context

OBJECT = "policy"
# A mark (a hash's place) by which those wait for each other who begin a draft or put one in force.
ALL_VERSIONS = "00000000000f1"


class DraftOver(RuleBroken):
    """A colleague was first, or the draft never was in a state for this."""

    code = "policy_draft_over"
    message = N_("这份草稿的状态已经变了，请看现在到哪一步")


class DraftChanged(RuleBroken):
    """What is sent was made from an earlier edition of the draft."""

    code = "policy_draft_changed"
    message = N_("这份草稿刚才在别处改过，请看过现在的样子再办")


def lock_draft(session: Session, *, public_id: str) -> PolicyDraft:
    """Lock a draft until the commit, and read it anew.

    Raises: NotFound.
    """
    query = select(PolicyDraft).where(PolicyDraft.public_id == public_id).with_for_update()
    found = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise NotFound
    return found


def check_edition(draft: PolicyDraft, edition: int) -> None:
    """Pass where the draft is still the one that was read.

    Raises: DraftChanged.
    """
    if draft.edition != edition:
        raise DraftChanged


def end_draft(context: Context, draft: PolicyDraft, state: str) -> None:
    """Close a locked draft."""
    draft.state, draft.is_open = state, False
    draft.ended_by, draft.ended_at = context.actor.who, context.now


def record(
    session: Session, context: Context, *, draft: PolicyDraft, action: str, **after: Any
) -> None:
    """Put an act on a draft on record.

    Source: I9.
    """
    audit.record(
        session,
        context,
        action=action,
        object_kind=OBJECT,
        object_id=draft.version,
        after={"state": draft.state, "edition": draft.edition, **after},
    )
