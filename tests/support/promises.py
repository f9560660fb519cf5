"""What must be so after each step of a random walk: of holds, of changes, of what is owed."""

from sqlalchemy import select

from app.domain.calendar import BEIJING
from app.domain.plan_terms import read_terms
from app.domain.states import KEPT_PLANS
from app.models import Decision, Hold, Loan, PlanLoan, PlanVersion, Verdict
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where


def holds_go_with(session, version, loan_id, told) -> None:
    """Contact is on hold while a plan is open or kept, but for a second hold no person has
    agreed to.
    """
    without_end = select(Hold.cause).where(Hold.loan_id == loan_id, Hold.until_at.is_(None))
    causes = session.scalars(without_end).all()
    needs_person = select(Verdict.id).where(
        Verdict.version_id == version.id,
        Verdict.rule == "hold_not_repeated",
        Verdict.held.is_(False),
    )
    if version.state == "signed":
        assert causes == ["plan_kept"], told
    elif (
        version.state in ("submitted", "under_appeal") and session.scalar(needs_person) is not None
    ):
        assert causes == [], told
    else:
        assert causes == ["plan_submitted"], told


def changes_are_sound(session) -> None:
    """What gave way has exactly one in its place, in the same plan; nothing came to be owed by
    it, and policy alone made no offer valid for longer.
    """
    versions = session.scalars(select(PlanVersion).order_by(PlanVersion.id)).all()
    by_people = set(session.scalars(select(Decision.version_id)))
    for old in (one for one in versions if one.state == "superseded"):
        (new,) = (one for one in versions if one.parent_id == old.id)
        assert (new.plan_id, new.number) == (old.plan_id, old.number + 1)
        until = [
            one.valid_until_at
            for one in versions
            if one.plan_id == old.plan_id and one.id < new.id and one.valid_until_at
        ]
        if until and new.valid_until_at and new.id not in by_people:
            assert new.valid_until_at <= max(until)


def loans_stand_still(session, now) -> None:
    """A loan without an open plan has no hold without an end; one with an open version does not
    grow.

    It may owe less: an appeal against an older refusal makes the days until its answer free as
    well (ADR 0015).
    """
    open_loans = set(session.scalars(select(PlanLoan.loan_id).where(PlanLoan.is_open)))
    endless = set(session.scalars(select(Hold.loan_id).where(Hold.until_at.is_(None))))
    assert endless <= open_loans
    figures = figures_where(
        session,
        Loan.id.in_(open_loans),
        policy=active_policy(session)[1],
        today=now.astimezone(BEIJING).date(),
    )
    for one in figures:
        proposal = one.negotiation
        if proposal is None:  # the last day of the offer is over, the job has not come by
            assert one.proposals[-1].state == "expired"
        elif proposal.plan.state not in KEPT_PLANS and one.loan.missing_since_on is None:
            terms = read_terms(proposal.version.terms)
            (mine,) = (each for each in terms.loans if each.public_id == one.loan.public_id)
            assert one.owed.payoff_fen <= mine.payoff_fen
