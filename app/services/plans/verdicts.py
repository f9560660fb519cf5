"""What is known of a borrower when a plan is judged, and what a verdict said of the hold."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import midnight
from app.domain.policy import PlanFacts, Policy
from app.domain.states import state_on
from app.models import Plan, PlanVersion, Verdict
from app.services.contact.records import contact_summary
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


def facts_for(
    session: Session, *, figures: loan_figures.Figures, policy: Policy, today: date
) -> PlanFacts:
    """Return what is known of a loan and its borrower when a plan on the loan is judged.

    Source: default policy, approved at once; M-17.
    """
    borrower_id = figures.loan.borrower_id
    contacts = contact_summary(session, borrower_id=borrower_id)
    facts = loan_figures.facts_of(
        figures, touched_on=contacts.touched_on, policy=policy, today=today
    )
    # One span for both questions: what was planned lately, and whether one of those plans broke.
    since = midnight(today - timedelta(days=policy.plans.broken_plan_days))
    # Only the sums of the terms are read: a version's terms are large, and a borrower may have
    # many.
    plans = session.execute(
        select(
            Plan.state, PlanVersion.state, PlanVersion.valid_until_at, PlanVersion.terms["planned"]
        )
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .where(Plan.borrower_id == borrower_id, PlanVersion.submitted_at >= since)
    )
    rows = plans.all()

    # An offer past its last day counts no more, also before the job has come by (ADR 0030).
    return replace(
        facts,
        broken_plan=any(plan_state == BROKEN for plan_state, *_version in rows),
        other_planned_fen=sum(
            sum((planned or {}).values())
            for _plan, state, until, planned in rows
            if state_on(state, valid_until_at=until, today=today) not in NOT_COUNTED
        ),
    )


def hold_needs_person(session: Session, *, version_id: int) -> bool:
    """Tell whether contact goes on hold for a version only once a person approves: it is a second
    hold (ADR 0014).
    """
    # Read from the kept verdict and not judged anew: the days since the earlier hold have gone on
    # meanwhile.
    rule = (
        Verdict.version_id == version_id,
        Verdict.rule == "hold_not_repeated",
        Verdict.held.is_(False),
    )
    return session.scalar(select(Verdict.id).where(*rule)) is not None
