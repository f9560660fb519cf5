"""Many at once on one plan: one submission, one answer, on both databases."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select, update

from app.models import (
    AuditEntry,
    Decision,
    Hold,
    OutboxItem,
    Plan,
    PlanLoan,
    PlanPart,
    PlanVersion,
    RequestKey,
    Verdict,
)
from tests.factories import make_borrower, make_loan
from tests.support.cases import put
from tests.support.proposals import (
    ANSWERS,
    answered,
    give,
    make_staff,
    rehearsed,
    submit,
    submitted,
)
from tests.support.races import CROWD, crowd, race_rounds, rounds, run_together
from tests.support.unguarded import unguarded

pytestmark = pytest.mark.race


def rows(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def kinds(results) -> Counter:
    return Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in results)


def test_fifty_taps_make_one_plan(database, vault, site):
    for number in rounds():
        with database.sessions() as session:
            proposed = answered(session, vault)

        def tap(_thread, proposed=proposed):
            with database.sessions() as own:
                return submit(own, vault, site, proposed)

        results = run_together(tap, threads=crowd(number))
        assert kinds(results) == {"done": crowd(number)}
        assert len(set(results)) == 1
        with database.sessions() as session:
            assert [
                rows(session, one) for one in (Plan, PlanVersion, Hold, OutboxItem, RequestKey)
            ] == [number + 1] * 5


def test_two_browsers_with_one_loan_make_one_plan(database, vault, site):
    """Another browser's draft is the same draft, but its key is old: never two plans on a loan."""
    with database.sessions() as session:
        proposed = answered(session, vault)

    def tap(thread):
        with database.sessions() as own:
            return submit(
                own,
                vault,
                site,
                proposed,
                request_key=proposed.request_key if thread % 2 else f"k{thread}",
            )

    run_together(tap)
    with database.sessions() as session:
        assert rows(session, Plan) == 1
        assert session.scalar(select(func.count()).where(PlanLoan.is_open)) == 1


def test_three_loans_at_once_stay_within_what_policy_approves_of_one_borrower(
    database, vault, site
):
    """Each fits by itself, two together, three do not: whoever comes last waits for a person."""
    monthly = replace(ANSWERS, monthly_fen=200_000)
    for _ in rounds():
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            loans = [make_loan(session, borrower, principal_fen=2_500_000) for _ in range(3)]
            taps = [
                answered(session, vault, borrower=borrower, loan=loan, answers=monthly)
                for loan in loans
            ]

        def tap(thread, taps=taps):
            with database.sessions() as own:
                return submit(own, vault, site, taps[thread])

        versions = run_together(tap, threads=3)
        with database.sessions() as session:
            found = select(PlanVersion.state, PlanVersion.terms["planned"]).where(
                PlanVersion.public_id.in_(versions)
            )
            states, planned = zip(*session.execute(found), strict=True)
            assert sorted(states) == ["approved", "approved", "submitted"]
            assert sum(sum(one.values()) for one in planned) > 5_000_000


def again(session, version: str) -> None:
    """Put a decided version back to waiting: what a race needs is a fresh start, not a fresh
    debt.
    """
    with unguarded(session):
        session.execute(delete(Decision))
    session.execute(
        delete(OutboxItem).where(OutboxItem.idempotency_key.startswith("plan-decided:"))
    )
    session.execute(update(Plan).values(state="submitted"))
    session.execute(update(PlanLoan).values(is_open=True))
    session.execute(update(Hold).values(until_at=None, ended_by=None))
    put(session, version, "submitted", decided_at=None, valid_until_at=None, moved_months=0)


def test_fifty_people_approve_once(database, vault, site):
    with database.sessions() as session:
        version = submitted(session, vault, site)
        people = [make_staff(session) for _ in range(CROWD)]
        replies = [rehearsed(session, vault, site, version, one) for one in people]

    for number in rounds():

        def approve(thread):
            with database.sessions() as own:
                give(own, vault, site, version, people[thread], replies[thread])

        results = run_together(approve, threads=crowd(number))
        assert kinds(results) == {"done": 1, "AlreadyDecided": crowd(number) - 1}
        with database.sessions() as session:
            assert rows(session, Decision) == 1
            approved = select(func.count()).where(AuditEntry.action == "plan.approved")
            assert session.scalar(approved) == number + 1
            assert rows(session, OutboxItem) == 2  # received, approved
            again(session, version)


def test_approve_against_refuse_ends_in_one_answer(database, vault, site):
    with database.sessions() as session:
        version = submitted(session, vault, site)
        people = [make_staff(session) for _ in range(2)]
        answers = zip(people, ("approve", "refuse"), strict=True)
        replies = [
            rehearsed(session, vault, site, version, one, answer=answer) for one, answer in answers
        ]

    for _ in rounds(2 * race_rounds()):

        def answer(thread):
            with database.sessions() as own:
                give(own, vault, site, version, people[thread], replies[thread])

        results = run_together(answer, threads=2)
        assert kinds(results) == {"done": 1, "AlreadyDecided": 1}
        with database.sessions() as session:
            found = session.scalars(select(PlanVersion)).one()
            decision = session.scalars(select(Decision)).one()
            is_open = session.scalars(select(PlanLoan.is_open)).one()
            ends = session.scalars(select(Hold.until_at)).one()
            told = (
                found.state,
                decision.answer,
                is_open,
                ends is None,
                found.valid_until_at is None,
            )
            assert told in {
                ("approved", "approve", True, True, False),
                ("refused", "refuse", False, False, True),
            }
            assert session.scalars(select(Plan.state)).one() == found.state
            again(session, version)


def test_the_parts_still_sum_after_the_crowd(database, vault, site):
    with database.sessions() as session:
        proposed = answered(session, vault)

    def tap(_thread):
        with database.sessions() as own:
            return submit(own, vault, site, proposed)

    run_together(tap)
    with database.sessions() as session:
        version = session.scalars(select(PlanVersion)).one()
        parts = session.scalar(
            select(func.sum(PlanPart.fen)).where(PlanPart.version_id == version.id)
        )
        assert parts == version.total_fen
        assert rows(session, Verdict) == session.scalar(select(func.count(Verdict.rule.distinct())))
