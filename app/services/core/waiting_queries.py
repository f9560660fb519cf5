"""How long a case that waits for its borrower has stood still, and what it waits for. Reads
only.
"""

from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.calendar import beijing_date
from app.domain.states import OURS
from app.domain.topics import PLAN_CHANGE
from app.models import Case, PlanVersion, Thread
from app.services.core.policy import active_policy
from app.services.core.working_days import working_day_after, working_days_left


def days_after_reply(session: Session, *, case: Case) -> int:
    """Return how many working days we have once the borrower who was asked has answered: as many as
    were left, at least those of a first reply; none where the day had passed by then.

    Source: ADR 0037; default policy, first reply.
    """
    stopped_on = beijing_date(case.waits_since_at)
    if case.answer_by_on is None or case.answer_by_on < stopped_on:
        return 0
    left = working_days_left(session, day=stopped_on, until=case.answer_by_on)
    return max(left, active_policy(session)[1].clocks.first_reply_working_days)


def answer_after_change(session: Session, *, version: PlanVersion, case: Case, today: date) -> date:
    """Return by when a version that takes the place of an open one is answered: the clock goes on
    where it stood, and while the borrower had the next word it stood still.

    Source: product, states: a change keeps the clock; ADR 0037, 0042.
    """
    promised = case.answer_by_on or version.decide_by_on or today
    if case.waits_for in OURS:
        return promised
    if case.answer_by_on:  # the borrower was asked for it
        left = days_after_reply(session, case=case)
    else:
        # Of an offer the clock stopped with the answer: what was left of the days goes on.
        stopped_on = beijing_date(case.waits_since_at)
        left = working_days_left(session, day=stopped_on, until=max(promised, stopped_on))
        left = max(left, active_policy(session)[1].clocks.first_reply_working_days)

    goes_on = working_day_after(session, day=today, count=left) if left else promised
    return max(promised, goes_on)


def asked_thread(
    version_id: ColumnElement[int] | InstrumentedAttribute[int],
) -> ScalarSelect[str]:
    """Return the thread about a version in which the borrower was asked for a change and has the
    next word, if there is one, as part of a query.
    """
    same = Thread.version_id == version_id, Thread.about == PLAN_CHANGE
    query = select(Thread.public_id).where(*same, Thread.state == "answered")
    return query.order_by(Thread.id.desc()).limit(1).scalar_subquery()
