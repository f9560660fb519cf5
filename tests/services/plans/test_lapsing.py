"""What ends by itself: offers, drafts and holds, once and at their time; an offer is told of a day
before.
"""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.pauses import Pause
from app.models import AuditEntry, Hold, OutboxItem, Plan, PlanDraft, PlanLoan, PlanVersion
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.plans import lapsing
from tests.factories import make_borrower, make_hold
from tests.support.acting import acting
from tests.support.clock import BEIJING, NOW
from tests.support.proposals import answered, decide, make_staff, submitted

UNTIL = datetime(2026, 11, 30, 23, 59, 59, tzinfo=BEIJING)


@pytest.fixture
def offer(session, vault, site):
    """An approved version, valid until the end of 30 November."""
    version = submitted(session, vault, site)
    decide(session, vault, site, version, make_staff(session, roles=("supervisor",)))
    return version


def found(session, version):
    session.expire_all()
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()


@pytest.mark.parametrize(
    ("now", "state"), [(UNTIL, "approved"), (UNTIL + timedelta(seconds=1), "expired")]
)
def test_an_offer_lapses_after_its_last_second_and_lets_everything_go(session, offer, now, state):
    assert lapsing.expire_offers(session, acting(now=now), limit=10) == (state == "expired")
    version = found(session, offer)
    loan_is_open = session.scalars(
        select(PlanLoan.is_open).where(PlanLoan.plan_id == version.plan_id)
    ).one()
    hold = session.scalars(select(Hold).where(Hold.cause == "plan_submitted")).one()
    plan = session.get_one(Plan, version.plan_id)
    over = state == "expired"
    assert (version.state, plan.state, loan_is_open) == (state, state, not over)
    assert (version.ended_at, hold.until_at, hold.ended_by) == (
        (now, now, "job:lapsing") if over else (None,) * 3
    )
    assert lapsing.expire_offers(session, acting(now=now), limit=10) == 0


def test_the_end_of_an_offer_is_on_record_and_its_days_stay_free(session, offer):
    now = UNTIL + timedelta(minutes=1)
    lapsing.expire_offers(session, acting(now=now), limit=10)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.object_id, entry.before, entry.after["state"]) == (
        "plan.expired",
        offer,
        {"state": "approved"},
        "expired",
    )
    _version, policy = active_policy(session)
    figures = figures_where(session, policy=policy, today=now.astimezone(BEIJING).date())
    pause = figures[0].proposals[0].pause
    assert pause == Pause(date(2026, 11, 23), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (UNTIL - timedelta(days=2), 0),
        (UNTIL - timedelta(days=1) - timedelta(hours=12), 1),
        (UNTIL - timedelta(hours=3), 1),
        (UNTIL + timedelta(seconds=1), 0),
    ],
)
def test_a_day_before_an_offer_lapses_its_borrower_is_told_once(
    session, vault, site, offer, now, told
):
    assert (
        lapsing.tell_lapsing_offers(session, acting(now=now, vault=vault, site=site), limit=10)
        == told
    )
    assert (
        lapsing.tell_lapsing_offers(session, acting(now=now, vault=vault, site=site), limit=10) == 0
    )
    keys = session.scalars(select(OutboxItem.idempotency_key)).all()
    assert keys.count(f"plan-lapsing:{offer}") == told


def test_a_draft_lapses_after_ninety_days(session, vault, site):
    answered(session, vault)
    assert lapsing.lapse_drafts(session, acting(now=NOW + timedelta(days=89)), limit=10) == 0
    assert lapsing.lapse_drafts(session, acting(now=NOW + timedelta(days=90)), limit=10) == 1
    assert session.scalars(select(PlanDraft)).all() == []


def test_a_hold_past_its_end_is_marked_once_and_one_without_an_end_runs_on(session, vault):
    borrower = make_borrower(session, vault)
    over = make_hold(session, borrower, cause="breathing", until_at=NOW - timedelta(seconds=1))
    runs = [
        make_hold(session, borrower),
        make_hold(session, borrower, until_at=NOW + timedelta(days=1)),
    ]
    assert [lapsing.end_holds(session, acting(), limit=10) for _ in range(2)] == [1, 0]
    session.expire_all()
    assert [one.ended_by for one in (over, *runs)] == ["job:lapsing", None, None]


def test_no_more_than_the_limit_is_done_in_one_run(session, vault):
    borrower = make_borrower(session, vault)
    for _ in range(3):
        make_hold(session, borrower, until_at=NOW - timedelta(days=1))
    assert [lapsing.end_holds(session, acting(), limit=2) for _ in range(3)] == [2, 1, 0]
