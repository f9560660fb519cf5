"""Approve against withdraw, several appeals, many taps where policy approves: always one legal end,
on both databases.
"""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.calendar import beijing_date
from app.models import (
    Appeal,
    AuditEntry,
    Decision,
    Hold,
    OutboxItem,
    Plan,
    PlanLoan,
    PlanVersion,
    VersionRelease,
)
from app.services.proposals.basis import Answers
from app.services.proposals.submitting import withdraw_plan
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.appeals import answer, appeal, refused
from tests.support.clock import NOW
from tests.support.proposals import (
    actor_of,
    answered,
    decide,
    give,
    make_staff,
    rehearsed,
    submit,
    submitted,
)
from tests.support.races import race_rounds, rounds, run_together

THREADS = 20
# Far below what is owed: principal is given up.
OWN_SUM = Answers(
    kind="settlement", pay_on=beijing_date(NOW) + timedelta(9), sum_fen=100_000, choice="best_fit"
)

pytestmark = pytest.mark.race


def rows(session, table, *conditions) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions))


def kinds(results) -> Counter:
    return Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in results)


def state_of(session, version: str) -> tuple:
    """State of version and plan, whether the loan is taken, whether the hold goes on, whether an
    end is set.
    """
    found = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    plan = session.get_one(Plan, found.plan_id)
    is_open, loan_id = session.execute(
        select(PlanLoan.is_open, PlanLoan.loan_id).where(PlanLoan.plan_id == plan.id)
    ).one()
    hold = session.scalars(
        select(Hold).where(Hold.loan_id == loan_id).order_by(Hold.id.desc())
    ).first()
    return found.state, plan.state, is_open, hold.until_at is None, found.ended_at is not None


def test_approve_against_withdraw_ends_withdrawn_whoever_is_first(database, vault, site):
    """Approved first, the withdrawal still holds; withdrawn first, the approval is told so."""
    for _ in rounds(2 * race_rounds()):
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            version = submitted(session, vault, site, borrower=borrower)
            decider = make_staff(session)

        def act(thread, version=version, borrower=borrower, decider=decider):
            with database.sessions() as own:
                if thread:
                    decide(own, vault, site, version, decider)
                else:
                    withdraw_plan(
                        own,
                        acting(actor=actor_of(borrower)),
                        borrower_id=borrower.id,
                        version_public_id=version,
                    )

        withdrawing, deciding = run_together(act, threads=2)
        assert withdrawing is None
        assert deciding is None or type(deciding).__name__ == "AlreadyDecided"
        with database.sessions() as session:
            assert state_of(session, version) == ("withdrawn", "withdrawn", False, False, True)
            found = session.scalars(
                select(PlanVersion).where(PlanVersion.public_id == version)
            ).one()
            assert rows(session, Decision, Decision.version_id == found.id) == (deciding is None)
            actions = session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.object_id == version)
                .order_by(AuditEntry.seq)
            ).all()
            assert actions == [
                "plan.submitted",
                *(["case.taken", "plan.approved"] if deciding is None else []),
                "plan.withdrawn",
            ]
            assert rows(session, OutboxItem, OutboxItem.borrower_id == borrower.id) == 1 + (
                deciding is None
            )


def test_two_approvals_at_once_beyond_one_supervisor_are_the_two_it_needs(database, vault, site):
    for number in rounds():
        with database.sessions() as session:
            version = submitted(session, vault, site, answers=OWN_SUM)
            both = [make_staff(session, roles=("supervisor",)) for _ in range(2)]
            replies = [
                rehearsed(session, vault, site, version, one, key=f"both-{number}-{one.staff_id}")
                for one in both
            ]

        def act(thread, version=version, both=both, replies=replies):
            with database.sessions() as own:
                give(own, vault, site, version, both[thread], replies[thread])

        assert kinds(run_together(act, threads=2)) == {"done": 2}
        with database.sessions() as session:
            assert state_of(session, version) == ("approved", "approved", True, True, False)
            found = session.scalars(
                select(PlanVersion).where(PlanVersion.public_id == version)
            ).one()
            assert rows(session, VersionRelease, VersionRelease.version_id == found.id) == 2
            assert rows(session, Decision, Decision.version_id == found.id) == 1
            key = f"plan-decided:{version}"
            assert rows(session, OutboxItem, OutboxItem.idempotency_key == key) == 1


def test_twenty_withdrawals_are_one(database, vault, site):
    with database.sessions() as session:
        proposed = answered(session, vault)
        version = submit(session, vault, site, proposed)

    def act(_thread):
        with database.sessions() as own:
            withdraw_plan(
                own,
                acting(actor=proposed.actor),
                borrower_id=proposed.borrower.id,
                version_public_id=version,
            )

    assert kinds(run_together(act, threads=THREADS)) == {"done": THREADS}
    with database.sessions() as session:
        assert rows(session, AuditEntry, AuditEntry.action == "plan.withdrawn") == 1


def test_twenty_appeals_are_one(database, vault, site):
    for number in rounds(max(1, race_rounds() // 5)):
        with database.sessions() as session:
            borrower, version = refused(session, vault, site)

        def act(_thread, borrower=borrower, version=version):
            with database.sessions() as own:
                appeal(own, vault, borrower, version)

        assert kinds(run_together(act, threads=THREADS)) == {"done": 1, "StateChanged": THREADS - 1}
        with database.sessions() as session:
            assert rows(session, Appeal) == number + 1
            assert rows(session, AuditEntry, AuditEntry.action == "plan.appealed") == number + 1
            assert state_of(session, version) == ("under_appeal", "under_appeal", True, True, False)


def test_an_appeal_against_a_new_proposal_leaves_one_open_plan(database, vault, site):
    for _ in rounds():
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            loan = make_loan(session, borrower)
            _borrower, version = refused(session, vault, site, borrower=borrower, loan=loan)
            proposed = answered(session, vault, borrower=borrower, loan=loan)

        def act(thread, borrower=borrower, version=version, proposed=proposed):
            with database.sessions() as own:
                if thread:
                    appeal(own, vault, borrower, version)
                else:
                    submit(own, vault, site, proposed)

        assert kinds(run_together(act, threads=2)) in (
            {"done": 1, "AlreadyOpen": 1},
            {"done": 1, "AnotherPlanOpen": 1},
        )
        with database.sessions() as session:
            assert rows(session, PlanLoan, PlanLoan.loan_id == loan.id, PlanLoan.is_open) == 1


def test_two_answers_to_an_appeal_are_one(database, vault, site):
    for _ in rounds():
        with database.sessions() as session:
            borrower, version = refused(session, vault, site)
            appeal(session, vault, borrower, version)
            people = [make_staff(session) for _ in range(2)]

        def act(thread, version=version, people=people):
            with database.sessions() as own:
                answer(
                    own, vault, site, version, people[thread], answer=("approve", "refuse")[thread]
                )

        assert kinds(run_together(act, threads=2)) == {"done": 1, "AlreadyDecided": 1}
        with database.sessions() as session:
            assert state_of(session, version)[:3] in {
                ("approved", "approved", True),
                ("upheld", "upheld", False),
            }
            found = session.scalars(
                select(PlanVersion).where(PlanVersion.public_id == version)
            ).one()
            assert rows(session, Decision, Decision.version_id == found.id) == 2


def test_twenty_taps_are_approved_once(database, vault, site):
    for number in rounds(max(1, race_rounds() // 5)):
        with database.sessions() as session:
            proposed = answered(session, vault)

        def tap(_thread, proposed=proposed):
            with database.sessions() as own:
                return submit(own, vault, site, proposed)

        results = run_together(tap, threads=THREADS)
        assert len(set(results)) == 1
        with database.sessions() as session:
            counts = [rows(session, one) for one in (Plan, PlanVersion, Hold, OutboxItem)]
            counts.append(rows(session, AuditEntry, AuditEntry.action == "plan.approved"))
            assert counts == [number + 1] * 5
            assert state_of(session, results[0]) == ("approved", "approved", True, True, False)
