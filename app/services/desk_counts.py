"""How much waits at the desk, for its navigation."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import CallbackRequest, PlanVersion, Thread


def desk_counts(session: Session) -> Mapping[str, int]:
    """Return how many proposals, callbacks and messages wait, in one query."""
    plans = select(func.count()).where(PlanVersion.state.in_(("submitted", "under_appeal"))).scalar_subquery()
    callbacks = select(func.count()).where(CallbackRequest.state == "open").scalar_subquery()
    messages = select(func.count()).where(Thread.state == "open").scalar_subquery()
    found = session.execute(select(plans, callbacks, messages)).one()
    return {"plans": found[0], "callbacks": found[1], "messages": found[2]}
