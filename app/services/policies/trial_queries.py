"""What other numbers would have said of the plans that were judged lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import midnight
from app.domain.plan_terms import PlannedTerms, read_terms
from app.domain.policy import Policy
from app.domain.policy_trial import JudgedPlan, Tally, is_at_once, tally
from app.models import Decision, PlanVersion, Verdict
from app.services.core.context import Context

TRIAL_DAYS = 90
BATCH = 500
NO_ANSWER = "waiting"
READ = ("kind", "planned", "asked", "owed", "days_past_due", "instalments")


@dataclass(frozen=True)
class Trial:
    """The plans of the last days under two policies, and how people answered those that only the
    second would have approved at once, and how many only the first.
    """

    days: int
    plans: int
    running: Tally
    draft: Tally
    more: int
    fewer: int
    answered: Mapping[str, int]


def trial_of(session: Session, context: Context, *, running: Policy, draft: Policy) -> Trial:
    """Hold every version that was submitted within the last days against two policies, by what was
    found when it was judged: three queries however many.

    Source: ADR 0049.
    """
    since = midnight(context.today - timedelta(days=TRIAL_DAYS))
    plans = _judged(session, since)
    more = {one.version_id for one in plans if _gains(running, draft, one)}
    fewer = sum(_gains(draft, running, one) for one in plans)
    return Trial(
        days=TRIAL_DAYS,
        plans=len(plans),
        running=tally(running, plans),
        draft=tally(draft, plans),
        more=len(more),
        fewer=fewer,
        answered=_answered(session, since, more) if more else MappingProxyType({}),
    )


def _gains(before: Policy, after: Policy, plan: JudgedPlan) -> bool:
    return is_at_once(after, plan) and not is_at_once(before, plan)


def _judged(session: Session, since: datetime) -> tuple[JudgedPlan, ...]:
    found: dict[int, dict[str, tuple[bool, str]]] = {}
    rules = (
        select(Verdict.version_id, Verdict.rule, Verdict.held, Verdict.value)
        .join(PlanVersion, PlanVersion.id == Verdict.version_id)
        .where(PlanVersion.submitted_at >= since)
    )
    for version_id, rule, held, value in session.execute(rules.execution_options(yield_per=BATCH)):
        found.setdefault(version_id, {})[rule] = (held, value)
    versions = select(PlanVersion.id, PlanVersion.terms).where(PlanVersion.submitted_at >= since)
    rows = session.execute(versions.execution_options(yield_per=BATCH))
    return tuple(
        _plan(version_id, read_terms(terms), found[version_id])
        for version_id, terms in rows
        if version_id in found
    )


def _plan(
    version_id: int, terms: PlannedTerms, found: Mapping[str, tuple[bool, str]]
) -> JudgedPlan:
    return JudgedPlan(
        version_id=version_id,
        kind=terms.kind,
        planned_fen=sum(one.planned.total for one in terms.loans),
        asked_monthly_fen=terms.asked.monthly_fen,
        highest_fen=terms.highest_fen,
        penalty_fen=terms.owed.penalty_fen,
        days_past_due=terms.days_past_due,
        found=found,
    )


def _answered(session: Session, since: datetime, wanted: set[int]) -> Mapping[str, int]:
    """How people answered, the last answer of each."""
    last = (
        select(Decision.version_id, func.max(Decision.round).label("round"))
        .group_by(Decision.version_id)
        .subquery()
    )
    query = (
        select(Decision.version_id, Decision.answer)
        .join(last, (last.c.version_id == Decision.version_id) & (last.c.round == Decision.round))
        .join(PlanVersion, PlanVersion.id == Decision.version_id)
        .where(PlanVersion.submitted_at >= since)
    )
    answers = {row[0]: row[1] for row in session.execute(query) if row[0] in wanted}
    counted: dict[str, int] = {}
    for version_id in wanted:
        answer = answers.get(version_id, NO_ANSWER)
        counted[answer] = counted.get(answer, 0) + 1
    return counted
