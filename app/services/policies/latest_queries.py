"""The version that comes last of all that are activated: what the next one is made from; what a
draft of it says.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.policy_texts import KEY as TEXTS
from app.domain.policy_texts import PolicyTexts, texts_in
from app.models import PolicyDraft, PolicyVersion
from app.services.core.context import Context
from app.services.core.policy import LATEST_FIRST, texts_of


def latest_version(session: Session) -> PolicyVersion:
    """Return the version that will be in force last of all that are activated.

    Raises: NoResultFound where there is none.
    """
    by_day, by_number = LATEST_FIRST
    is_activated = PolicyVersion.activated_at.is_not(None) | PolicyVersion.is_active
    # Versions that a release brought have no day: of those the one that is marked.
    order = (by_day, PolicyVersion.is_active.desc(), by_number)
    query = select(PolicyVersion).where(is_activated).order_by(*order).limit(1)
    return session.scalars(query).one()


def earliest_day(session: Session, context: Context) -> date:
    """Return the first day from which another version may count: not before today, nor before the
    latest one's.
    """
    return max(context.today, latest_version(session).from_on or context.today)


def draft_texts(session: Session, *, draft: PolicyDraft) -> PolicyTexts:
    """Return the texts of a draft; one begun before versions had texts has those of its base."""
    base = texts_of(session, version=draft.base_version)
    return texts_in(draft.values, released=base.reasons) if TEXTS in draft.values else base
