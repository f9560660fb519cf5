"""What is known of a borrower when a plan is judged, and what a verdict said of the hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import BigInteger, Exists, SQLColumnExpression, bindparam, exists, literal, select
from sqlalchemy.orm import Session

from app.domain.calendar import midnight
from app.domain.policy import PlanFacts, Policy, RuleResult
from app.domain.states import REPLACED, state_on
from app.models import Plan, PlanVersion, Verdict
from app.services.contact.records import contact_summary
from app.services.core.policy import policies_of
from app.services.loans import figures as loan_figures

# Versions that came to nothing take no part of the limit. Signed, open and appealed ones do.
NOT_COUNTED = (
    "draft",
    "refused",
    "withdrawn",
    "expired",
    "recalled",
    "superseded",
    "lapsed",
    "upheld",
)
BROKEN = "broken"
# Only the sums of the terms are read: a version's terms are large, and a borrower may have many.
_LATELY = (
    select(Plan.state, PlanVersion.state, PlanVersion.valid_until_at, PlanVersion.terms["planned"])
    .join(PlanVersion, PlanVersion.plan_id == Plan.id)
    .where(Plan.borrower_id == bindparam("mine", type_=Plan.borrower_id.type))
    # What went over to another plan is counted there.
    .where(Plan.state != REPLACED)
    .where(PlanVersion.submitted_at >= bindparam("since", type_=PlanVersion.submitted_at.type))
)
# Both are of the count of instalments: who passes the wider one has passed the other.
NARROWER, WIDER = "periods_within_limit", "self_service_periods"


@dataclass(frozen=True)
class RuleView:
    """One rule of the policy as it was judged; value is a code or a figure, `policy` the version it
    was held against, whose limits are told with it.
    """

    rule: str
    held: bool
    value: str
    policy: Policy


def waits_of(results: Iterable[RuleResult], policy: Policy) -> tuple[RuleView, ...]:
    """Return the rules that send a plan to a person, as they were judged.

    Source: default policy, approved at once.
    """
    return open_rules(RuleView(*one, policy) for one in results)


def open_rules(rules: Iterable[RuleView]) -> tuple[RuleView, ...]:
    """Return the rules that are not kept; one told twice, the count of instalments, only by its
    wider limit. Borrower, case and queue name the same ones.
    """
    failed = {one.rule: one for one in rules if not one.held}
    if WIDER in failed:
        failed.pop(NARROWER, None)
    return tuple(failed.values())


def facts_for(
    session: Session,
    *,
    borrower_id: int,
    loans: Sequence[loan_figures.Figures],
    policy: Policy,
    today: date,
) -> tuple[PlanFacts, ...]:
    """Return what is known of each loan and of their borrower when a plan on it is judged: two
    queries however many loans.

    Source: default policy, approved at once; M-17.
    """
    contacts = contact_summary(session, borrower_id=borrower_id)
    # One span for both questions: what was planned lately, and whether one of those plans broke.
    since = midnight(today - timedelta(days=policy.plans.broken_plan_days))
    rows = session.execute(_LATELY, {"mine": borrower_id, "since": since}).all()

    # An offer past its last day counts no more, also before the job has come by (ADR 0030).
    is_broken = any(plan_state == BROKEN for plan_state, *_version in rows)
    planned_fen = sum(
        sum((planned or {}).values())
        for _plan, state, until, planned in rows
        if state_on(state, valid_until_at=until, today=today) not in NOT_COUNTED
    )
    each = (
        loan_figures.facts_of(one, touched_on=contacts.touched_on, policy=policy, today=today)
        for one in loans
    )
    return tuple(replace(one, broken_plan=is_broken, other_planned_fen=planned_fen) for one in each)


def held_by_person(version_id: SQLColumnExpression[int]) -> Exists:
    """Return what holds of a version for which contact goes on hold only once a person approves: it
    is a second hold (ADR 0014).
    """
    # Read from the kept verdict and not judged anew: the days since the earlier hold have gone on
    # meanwhile.
    return exists().where(
        Verdict.version_id == version_id,
        Verdict.rule == "hold_not_repeated",
        Verdict.held.is_(False),
    )


def hold_needs_person(session: Session, *, version_id: int) -> bool:
    """Tell of one version what `held_by_person` says."""
    return bool(session.scalar(select(held_by_person(literal(version_id, BigInteger)))))


def rules_of(session: Session, *, version_ids: Iterable[int]) -> Mapping[int, tuple[RuleView, ...]]:
    """Return every rule as it was judged, by version: two queries however many versions."""
    wanted = tuple(version_ids)
    query = (
        select(Verdict, PlanVersion.policy_version)
        .join(PlanVersion, PlanVersion.id == Verdict.version_id)
        .where(Verdict.version_id.in_(wanted))
        .order_by(Verdict.id)
    )
    rows = session.execute(query).all() if wanted else []
    policies = policies_of(session, versions={policy for _verdict, policy in rows})
    found: dict[int, list[RuleView]] = defaultdict(list)
    for one, policy in rows:
        found[one.version_id].append(RuleView(one.rule, one.held, one.value, policies[policy]))
    return {version_id: tuple(rules) for version_id, rules in found.items()}


def kept_waits(session: Session, *, version_id: int) -> tuple[RuleView, ...]:
    """Return the rules that sent a submitted version to a person, as its kept verdict says."""
    return open_rules(rules_of(session, version_ids=[version_id]).get(version_id, ()))


def waits_by_version(
    session: Session, *, public_ids: Iterable[str]
) -> Mapping[str, tuple[RuleView, ...]]:
    """Return, by its public id, why a person looks at each of these versions that waits for our
    first answer: three queries however many.
    """
    wanted = tuple(public_ids)
    if not wanted:
        return {}
    named = PlanVersion.public_id.in_(wanted), PlanVersion.state == "submitted"
    rows = session.execute(select(PlanVersion.id, PlanVersion.public_id).where(*named)).all()
    rules = rules_of(session, version_ids=[version_id for version_id, _public_id in rows])
    return {public_id: open_rules(rules.get(version_id, ())) for version_id, public_id in rows}
