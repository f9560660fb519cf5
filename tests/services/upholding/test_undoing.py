"""A break that rested on money nobody knew of yet."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.models import (
    AuditEntry,
    Hold,
    Loan,
    OutboxItem,
    PlanLoan,
    PlanMatter,
    PlanNotice,
    PlanVersion,
)
from app.services.keeping.accounts import accounts_of, standings_of
from app.services.ledger.proving import unequal_journals, unposted_books
from tests.factories import make_agreement, make_plan
from tests.services.breaks.conftest import (
    BREAK_DAYS,
    BROKEN,
    act,
    break_now,
    break_of,
    broken,
    follow_on,
    gateways,
    in_cure,
    later,
    number,
)
from tests.support.clock import NOW
from tests.support.money import paid, plan_of, taken_back

__all__ = ["act", "break_now", "broken", "follow_on", "gateways", "in_cure", "later", "number"]

IN_TIME = date(2026, 12, 20)
FOUND_ON = BROKEN + timedelta(days=2)


def late(session, agreement, fen=400_000):
    """Money that left in time and came to light after the break."""
    return paid(session, agreement, fen=fen, on=IN_TIME, arrived_on=FOUND_ON, at=NOW)


def told(session) -> list[str]:
    keys = select(OutboxItem.idempotency_key).where(
        OutboxItem.idempotency_key.regexp_match("^(break-back|notice-back)")
    )
    return [one.split(":")[0] for one in session.scalars(keys)]


def test_money_in_time_undoes_a_break_from_its_day(session, broken, follow_on):
    late(session, broken)
    plan = follow_on(broken)
    assert plan.state == "active"
    assert break_of(session, broken).taken_back_why == "in_time"
    assert [one.is_open for one in session.scalars(select(PlanLoan))] == [True]
    holds = session.scalars(select(Hold).where(Hold.cause == "plan_kept").order_by(Hold.id)).all()
    assert [one.until_at is None for one in holds] == [False, True]
    # One apology: that of the notice is in it.
    assert told(session) == ["break-back"]
    assert list(unequal_journals(session)) == list(unposted_books(session)) == []
    stands = standings_of(session, plan_ids=[plan.id], as_of=FOUND_ON)[plan.id]
    assert (stands.state, stands.broken_on, stands.missed) == ("active", None, 0)


def test_where_the_notice_was_true_it_is_back_in_its_cure(session, broken, follow_on):
    # Not enough by the 15th, enough by the end of the cure.
    paid(session, broken, fen=400_000, on=date(2026, 12, 28), arrived_on=FOUND_ON, at=NOW)
    assert follow_on(broken).state == "active"
    notices = session.scalars(select(PlanNotice).order_by(PlanNotice.id)).all()
    assert [one.taken_back_at is None for one in notices] == [True, False]


def test_money_that_came_too_late_undoes_nothing(session, broken, follow_on):
    paid(session, broken, fen=400_000, on=BROKEN, at=NOW)
    assert follow_on(broken).state == "broken"
    assert told(session) == []


def test_following_again_changes_nothing(session, broken, follow_on):
    late(session, broken)
    follow_on(broken)
    audits = session.scalar(select(func.count()).select_from(AuditEntry))
    follow_on(broken)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == audits


def test_what_undid_it_taken_back_leaves_it_to_its_days(session, broken, follow_on):
    """A reversal never moves a break into the past: what it uncovers gets its working days."""
    payment = late(session, broken)
    follow_on(broken)
    taken_back(session, payment, broken, on=FOUND_ON, at=NOW + timedelta(days=BREAK_DAYS + 3))
    assert follow_on(broken, BREAK_DAYS + 4).state in ("active", "in_cure")


@pytest.mark.parametrize("state", ["submitted", "approved", "needs_document", "countered"])
def test_a_proposal_that_is_only_open_ends_and_the_plan_goes_on(session, broken, follow_on, state):
    loan = session.scalars(select(Loan)).one()
    version = make_plan(session, loan, state=state)
    late(session, broken)
    assert follow_on(broken).state == "active"
    session.refresh(version)
    assert (version.state, version.ended_at is not None) == ("withdrawn", True)
    assert sorted(one.is_open for one in session.scalars(select(PlanLoan))) == [False, True]


def test_after_another_signature_nothing_is_undone_by_itself(session, broken, follow_on, vault):
    loan = session.scalars(select(Loan)).one()
    other = make_agreement(session, make_plan(session, loan, state="signed"))
    session.get_one(PlanVersion, other.version_id)
    plan_of(session, other.number).active_version_id = other.version_id
    plan_of(session, other.number).state = "active"
    session.commit()
    late(session, broken)
    plan = follow_on(broken)
    assert plan.state == "broken"
    assert break_of(session, broken).stands_at is not None
    assert told(session) == []
    kinds = session.scalars(select(PlanMatter.kind).order_by(PlanMatter.id)).all()
    assert kinds == ["broken", "late_money"]
    # Its money counts at its value date, and no penalty of that time is asked.
    account = accounts_of(session, plan_ids=[plan.id])[plan.id]
    assert any(one.stands for one in account.told)
    assert follow_on(broken, 60).state == "broken"
    assert session.scalars(select(PlanMatter.kind).order_by(PlanMatter.id)).all() == kinds


@pytest.mark.parametrize("mark", ["missing_since_on", "legal_review"])
def test_where_the_loan_is_gone_a_person_answers(session, broken, follow_on, mark):
    loan = session.scalars(select(Loan)).one()
    setattr(loan, mark, BROKEN if mark == "missing_since_on" else True)
    session.commit()
    late(session, broken)
    assert follow_on(broken).state == "broken"
    assert "late_money" in session.scalars(select(PlanMatter.kind)).all()
