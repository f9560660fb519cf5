"""A break against what else may happen to its plan at that moment."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.repayments.directory import Destination
from app.models import Loan, OutboxItem, Plan, PlanLoan, PlanMatter, PlanNotice, PlanVersion
from app.services.breaks.recording import break_plans
from app.services.core.transaction import line_up_at_loans, transaction
from app.services.repayments.posting import after_money, lock_ends
from app.services.upholding.proving import untrue_breaks
from tests.factories import make_plan
from tests.services.upholding.conftest import gateways
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.kinds import signed_of
from tests.support.money import arrived, covered, matched, plan_of
from tests.support.races import rounds, run_together

__all__ = ["gateways"]

NOTICED, TODAY = date(2026, 12, 16), date(2026, 12, 29)
# What takes the notice back, and what mends the plan.
BEFORE, IN_CURE = date(2026, 12, 11), date(2026, 12, 20)


@pytest.fixture
def context(gateways, site):
    days = (TODAY - NOW.date()).days
    return acting(now=NOW + timedelta(days=days), gateways=gateways, site=site)


@pytest.fixture
def in_cure(database, vault, site):
    """One more plan whose cure is over; its agreement's number."""

    def made() -> str:
        with database.sessions() as session:
            number = signed_of(session, vault, site, "reamortise")[0].number
            plan = plan_of(session, number)
            plan.state = "in_cure"
            notice = PlanNotice(plan_id=plan.id, kind="notice", sent_on=NOTICED, at=NOW, told={})
            notice.received_on, notice.received_by = NOTICED, "read"
            session.add(notice)
            covered(session, TODAY - timedelta(days=1))
            return number

    return made


def pay(session, context, number: str, on: date) -> None:
    """Post money for a plan as everybody does: its loans and its row are locked first."""
    with transaction(session):
        plan = plan_of(session, number)
        lock_ends(session, destinations=[Destination("plan", plan.number)])
        payment = arrived(session, fen=200_000, on=on, arrived_on=TODAY)
        matched(session, payment, plan=plan, at=context.now)
        after_money(session, context, plan_ids=[plan.id])


def standing_breaks(session, number: str) -> int:
    plan = plan_of(session, number)
    mine = PlanNotice.plan_id == plan.id, PlanNotice.kind == "break"
    return session.scalar(select(func.count()).where(*mine, PlanNotice.taken_back_at.is_(None)))


@pytest.mark.race
@pytest.mark.parametrize("on", [BEFORE, IN_CURE], ids=["taken back", "mended"])
def test_money_in_time_wins_whoever_is_first(database, context, in_cure, on):
    for _ in rounds():
        number = in_cure()

        def act(place, number=number):
            with database.sessions() as session:
                if place:
                    return pay(session, context, number, on)
                return break_plans(session, context, limit=10)

        told = run_together(act, threads=2)
        assert not [one for one in told if isinstance(one, Exception)], told
        with database.sessions() as session:
            assert plan_of(session, number).state == "active"
            assert standing_breaks(session, number) == 0
            assert list(untrue_breaks(session)) == []


@pytest.mark.race
def test_two_hosts_break_it_once(database, context, in_cure):
    for _ in rounds():
        number = in_cure()

        def act(_place):
            with database.sessions() as session:
                return break_plans(session, context, limit=10)

        told = run_together(act, threads=4)
        assert not [one for one in told if isinstance(one, Exception)], told
        assert sum(told) == 1
        with database.sessions() as session:
            plan = plan_of(session, number)
            assert (plan.state, standing_breaks(session, number)) == ("broken", 1)
            matters = select(func.count()).where(PlanMatter.plan_id == plan.id)
            key = f"plan-broken:{plan.public_id}:{TODAY.isoformat()}"
            sent = select(func.count()).where(OutboxItem.idempotency_key == key)
            assert (session.scalar(matters), session.scalar(sent)) == (1, 1)


@pytest.mark.race
def test_another_plan_and_money_in_time_leave_one_of_them_open(database, context, in_cure):
    for _ in rounds():
        number = in_cure()
        with database.sessions() as session:
            assert break_plans(session, context, limit=10) == 1
            plan_id = plan_of(session, number).id
            loan_id = session.scalars(
                select(PlanLoan.loan_id).where(PlanLoan.plan_id == plan_id)
            ).one()
            version = make_plan(session, session.get_one(Loan, loan_id), state="withdrawn").id
            session.commit()

        def act(place, number=number, loan_id=loan_id, version=version):
            with database.sessions() as session:
                if place:
                    return pay(session, context, number, IN_CURE)
                return propose(session, version, loan_id)

        told = run_together(act, threads=2)
        assert not [one for one in told if isinstance(one, Exception)], told
        with database.sessions() as session:
            opened = select(PlanLoan.plan_id).where(PlanLoan.loan_id == loan_id, PlanLoan.is_open)
            # Money in time: the plan goes on, a proposal that was in between has ended.
            assert session.scalars(opened).all() == [plan_id]
            assert session.get_one(Plan, plan_id).state == "active"
            assert list(untrue_breaks(session)) == []


def propose(session, version_id: int, loan_id: int) -> bool:
    """Another plan is put forward, where none is open: as a submission does, under the loans."""
    with transaction(session):
        line_up_at_loans(session, loan_ids=select(Loan.id).where(Loan.id == loan_id))
        taken = select(PlanLoan.id).where(PlanLoan.loan_id == loan_id, PlanLoan.is_open)
        if session.scalar(taken) is not None:
            return False
        version = session.get_one(PlanVersion, version_id)
        plan = session.get_one(Plan, version.plan_id)
        version.state = plan.state = "submitted"
        version.ended_at = None
        for one in session.scalars(select(PlanLoan).where(PlanLoan.plan_id == plan.id)):
            one.is_open = True
        return True
