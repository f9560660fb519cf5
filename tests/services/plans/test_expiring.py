"""An offer past its last day stands in nobody's way, whether the job has put its end on record or
not.
"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, Hold, Plan, PlanDraft, PlanLoan, PlanVersion, Verdict
from app.services.assisted.queries import phone_page
from app.services.assisted.spoken import PhoneAnswers
from app.services.borrowers.home_queries import home
from app.services.cases.appeals import AnotherPlanOpen
from app.services.core.context import Actor
from app.services.holds.breathing import breathing
from app.services.plans import lapsing
from app.services.plans.status_queries import plan_status
from app.services.proposals.submitting import withdraw_plan
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.appeals import appeal, refused
from tests.support.clock import BEIJING, NOW
from tests.support.phone import enter
from tests.support.proposals import actor_of, answered, approved_at_once, make_staff, submit
from tests.support.races import rounds, run_together

LAST_SECOND = datetime(2026, 11, 30, 23, 59, 59, tzinfo=BEIJING)
OVER = LAST_SECOND + timedelta(seconds=31)


@pytest.fixture
def mine(session, vault):
    """A borrower with one loan."""
    borrower = make_borrower(session, vault)
    return {"borrower": borrower, "loan": make_loan(session, borrower)}


@pytest.fixture
def over(session, vault, site, mine) -> str:
    """An offer whose last day has just passed; no job has run since."""
    return approved_at_once(session, vault, site, **mine)


def stored(session, public_id) -> PlanVersion:
    session.expire_all()
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def trail(session) -> list[tuple[str, str]]:
    entries = session.execute(
        select(AuditEntry.action, AuditEntry.object_id).order_by(AuditEntry.seq)
    )
    return [(action, about) for action, about in entries if action.startswith("plan.")]


def test_the_borrower_goes_on_at_once_and_the_old_offer_ends_in_the_same_step(
    session, vault, site, over, mine
):
    proposed = answered(session, vault, now=OVER, **mine)
    version = submit(session, vault, site, proposed, now=OVER)
    old, new = stored(session, over), stored(session, version)
    assert (old.state, old.ended_at, session.get_one(Plan, old.plan_id).state) == (
        "expired",
        OVER,
        "expired",
    )
    assert new.state == "submitted"
    assert session.execute(select(PlanLoan.plan_id).where(PlanLoan.is_open)).all() == [
        (new.plan_id,)
    ]
    assert [(one.until_at, one.ended_by) for one in session.scalars(select(Hold))] == [
        (OVER, "job:lapsing")
    ]
    assert trail(session)[-2:] == [("plan.expired", over), ("plan.submitted", version)]
    failed = select(Verdict.rule).where(Verdict.version_id == new.id, Verdict.held.is_(False))
    assert "hold_not_repeated" in session.scalars(failed).all()


def test_a_second_tap_and_the_job_afterwards_change_nothing(session, vault, site, over, mine):
    proposed = answered(session, vault, now=OVER, **mine)
    version = submit(session, vault, site, proposed, now=OVER)
    before = trail(session)
    assert submit(session, vault, site, proposed, now=OVER) == version
    assert lapsing.expire_offers(session, acting(now=OVER + timedelta(minutes=1)), limit=10) == 0
    assert trail(session) == before


def test_until_its_last_second_it_is_still_an_offer(session, vault, site, over, mine):
    status = plan_status(
        session, acting(now=LAST_SECOND), borrower_id=mine["borrower"].id, version_public_id=over
    )
    assert (status.state, status.may_withdraw) == ("approved", True)
    assert (
        home(session, acting(now=LAST_SECOND), borrower_id=mine["borrower"].id).next.kind == "sign"
    )


def test_pages_tell_the_same_before_and_after_the_job(session, over, mine):
    def told():
        session.expire_all()
        status = plan_status(
            session, acting(now=OVER), borrower_id=mine["borrower"].id, version_public_id=over
        )
        page = home(session, acting(now=OVER), borrower_id=mine["borrower"].id)
        space = breathing(session, acting(now=OVER), borrower_id=mine["borrower"].id)
        loan = page.loans[0]
        return (
            status.state,
            status.ended_at,
            status.hold,
            status.may_withdraw,
            page.next.kind,
            loan.plan,
            loan.refusal,
            loan.owed,
            loan.begins_hold,
            space,
        )

    before = told()
    assert before[0] == "expired"
    assert before[4] == "propose"
    assert before[-1].offer.standing == "open"
    assert lapsing.expire_offers(session, acting(now=OVER), limit=10) == 1
    assert told() == before


def test_on_the_phone_staff_fill_in_another_at_once(session, vault, site, over, mine):
    """What is said on the phone changes nothing of the old offer; submitting it does."""
    who = make_staff(session)
    after, before = (
        phone_page(session, acting(now=now), loan_public_id=mine["loan"].public_id)
        for now in (OVER, LAST_SECOND)
    )
    assert (after.refusal, after.is_beside, before.is_beside) == ("", False, True)
    assert after.kinds.payoff_fen == before.kinds.payoff_fen
    actor = Actor(f"staff:{who.staff_id}")
    enter(
        session,
        acting(now=OVER, actor=actor, vault=vault, site=site, staff=who),
        mine["loan"],
        PhoneAnswers(monthly_fen=130_000, pay_day=10, choice="best_fit"),
    )
    assert session.scalars(select(PlanDraft.entered_by)).one() == who.person_id
    assert stored(session, over).state == "approved"


def test_an_older_refusal_may_be_appealed_at_once(session, vault, site, mine):
    borrower, version = refused(session, vault, site, **mine)
    mine["loan"].disputed = False
    newer = submit(session, vault, site, answered(session, vault, **mine))
    session.refresh(borrower)
    assert stored(session, newer).state == "approved"
    with pytest.raises(AnotherPlanOpen):
        appeal(session, vault, borrower, version, now=LAST_SECOND)
    status = plan_status(
        session, acting(now=OVER), borrower_id=borrower.id, version_public_id=version
    )
    assert (status.may_appeal, status.other_open) == (True, None)
    appeal(session, vault, borrower, version, now=OVER)
    assert (stored(session, newer).state, stored(session, version).state) == (
        "expired",
        "under_appeal",
    )
    assert trail(session)[-2:] == [("plan.expired", newer), ("plan.appealed", version)]
    holds = session.execute(
        select(Hold.until_at, Hold.ended_by).where(Hold.from_at == NOW).order_by(Hold.id)
    ).all()
    assert holds[-1] == (OVER, "job:lapsing")


@pytest.mark.race
def test_a_new_proposal_the_job_and_a_withdrawal_at_once_end_the_offer_once(database, vault, site):
    for _ in rounds():
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            loan = make_loan(session, borrower)
            mine = {"borrower": borrower, "loan": loan}
            old = approved_at_once(session, vault, site, **mine)
            proposed = answered(session, vault, now=OVER, **mine)

        def act(thread, proposed=proposed, borrower=borrower, old=old):
            with database.sessions() as own:
                if thread == 0:
                    return submit(own, vault, site, proposed, now=OVER)
                if thread == 1:
                    return lapsing.expire_offers(own, acting(now=OVER), limit=10)
                context = acting(now=OVER, actor=actor_of(borrower))
                return withdraw_plan(own, context, borrower_id=borrower.id, version_public_id=old)

        version, _job, _withdrawal = run_together(act, threads=3)
        assert isinstance(version, str), version
        with database.sessions() as session:
            assert stored(session, old).state in ("expired", "withdrawn")
            assert session.scalars(
                select(PlanLoan.plan_id).where(PlanLoan.loan_id == loan.id, PlanLoan.is_open)
            ).all() == [stored(session, version).plan_id]
            ends = select(func.count()).where(
                AuditEntry.object_id == old,
                AuditEntry.action.in_(("plan.expired", "plan.withdrawn")),
            )
            assert session.scalar(ends) == 1
            assert (
                session.scalars(
                    select(Hold.id).where(Hold.loan_id == loan.id, Hold.until_at.is_(None))
                ).all()
                == []
            )
