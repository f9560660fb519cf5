"""How much waits at the desk, for its navigation."""

from collections.abc import Mapping

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.states import COUNTERABLE
from app.models import (
    CallbackRequest,
    Payment,
    PlanMatter,
    PlanVersion,
    PolicyDraft,
    QueueCount,
    Thread,
)
from app.services.queue.queries import is_ours


def desk_counts(session: Session) -> Mapping[str, int]:
    """Return how many proposals, callbacks, messages, drafts of the policy, counter-offers to
    release, payments that nobody has claimed and matters of signed plans wait for us, in one query;
    a document to mend and an offer whose figures changed wait with the proposals.
    """
    counted = select(func.coalesce(func.sum(QueueCount.count), 0))
    plans = counted.where(
        or_(is_ours(QueueCount), QueueCount.is_faulty, QueueCount.is_changed)
    ).scalar_subquery()
    callbacks = select(func.count()).where(CallbackRequest.state == "open").scalar_subquery()
    messages = select(func.count()).where(Thread.state == "open").scalar_subquery()
    handed = select(func.count()).where(PolicyDraft.is_open, PolicyDraft.state == "handed")
    parent = aliased(PlanVersion)
    waiting = (
        select(func.count())
        .select_from(PlanVersion)
        .join(parent, parent.id == PlanVersion.parent_id)
        .where(PlanVersion.state == "draft", parent.state.in_(COUNTERABLE))
    )
    # Written out: a partial index is not seen behind a value that is bound.
    is_unclaimed = Payment.state == literal("unmatched", literal_execute=True)
    money = select(func.count()).where(is_unclaimed)
    matters = select(func.count()).where(PlanMatter.answered_at.is_(None))
    asked = (handed, waiting, money, matters)
    each = (plans, callbacks, messages, *(one.scalar_subquery() for one in asked))
    names = ("plans", "callbacks", "messages", "policies", "releases", "money", "matters")
    found = session.execute(select(*each)).one()
    return {name: int(count) for name, count in zip(names, found, strict=True)}
