"""The break goes on record: only once the cure is over, files cover the day, and no money that
could be the plan's is left lying.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.models import (
    AuditEntry,
    Hold,
    Journal,
    Loan,
    OutboxItem,
    PlanLoan,
    PlanMatter,
    PlanNotice,
    StatementFile,
    Thread,
)
from app.services.keeping.accounts import standings_of
from app.services.ledger.proving import unequal_journals, unposted_books
from app.services.upholding.noticing import look_at_kept_plans
from tests.services.breaks.conftest import BREAK_DAYS, BROKEN, CURE_ENDS, break_of
from tests.support.clock import NOW
from tests.support.money import arrived, covered, paid, plan_of


def breaks(session) -> int:
    return session.scalar(select(func.count()).where(PlanNotice.kind == "break")) or 0


def test_a_cure_that_ran_out_breaks_the_plan_once(session, broken, break_now):
    plan = plan_of(session, broken)
    assert (breaks(session), break_of(session, broken).sent_on) == (1, BROKEN)
    assert break_now() == 0
    assert breaks(session) == 1
    assert [one.is_open for one in session.scalars(select(PlanLoan))] == [False]
    (hold,) = session.scalars(select(Hold).where(Hold.cause == "plan_kept"))
    assert hold.until_at == NOW + timedelta(days=BREAK_DAYS)
    (matter,) = session.scalars(select(PlanMatter))
    assert (matter.kind, matter.answer_by_on, matter.answered_at) == (
        "broken",
        BROKEN + timedelta(days=1),
        None,
    )
    told = select(OutboxItem.idempotency_key).where(OutboxItem.idempotency_key.contains("broken"))
    assert session.scalars(told).all() == [f"plan-broken:{plan.public_id}:{BROKEN.isoformat()}"]
    actions = select(AuditEntry.action).where(AuditEntry.action.regexp_match("broken|break|matter"))
    assert session.scalars(actions.order_by(AuditEntry.seq)).all() == [
        "break.recorded",
        "plan.broken",
        "matter.opened",
    ]


def test_the_books_go_to_the_contract_and_agree_with_where_it_stands(session, broken):
    plan = plan_of(session, broken)
    kinds = set(session.scalars(select(Journal.kind).where(Journal.plan_id == plan.id)))
    assert "break" in kinds
    assert list(unequal_journals(session)) == []
    assert list(unposted_books(session)) == []
    stands = standings_of(session, plan_ids=[plan.id], as_of=BROKEN)[plan.id]
    told = break_of(session, broken).told
    assert (stands.state, stands.broken_on) == ("broken", BROKEN)
    assert told["due_fen"] == stands.due_fen > 0
    assert told["missed"] == [0, 1]


@pytest.mark.parametrize("days", [BREAK_DAYS - 1, BREAK_DAYS - 10])
def test_while_the_cure_runs_nothing_breaks(session, in_cure, break_now, days):
    assert (break_now(days), breaks(session)) == (0, 0)


def test_a_day_that_no_file_covers_breaks_nobody(session, in_cure, break_now):
    assert (break_now(BREAK_DAYS + 1), breaks(session)) == (0, 0)
    covered(session, BROKEN)
    assert (break_now(BREAK_DAYS + 1), breaks(session)) == (1, 1)


def test_while_a_file_comes_in_nothing_breaks(session, in_cure, break_now):
    covered(session, date(2027, 1, 1))
    newest = session.scalars(select(StatementFile).order_by(StatementFile.id.desc())).first()
    newest.state = "reading"
    session.commit()
    assert (break_now(), breaks(session)) == (0, 0)


def test_what_was_paid_in_the_cure_mends_it(session, in_cure, break_now):
    paid(session, in_cure, fen=400_000, on=CURE_ENDS)
    assert (break_now(), breaks(session)) == (0, 0)
    assert plan_of(session, in_cure).state == "active"


def test_money_that_asks_just_what_is_missed_could_be_its_own(session, in_cure, break_now):
    plan = plan_of(session, in_cure)
    stands = standings_of(session, plan_ids=[plan.id], as_of=BROKEN)[plan.id]
    missed = sum(one.left_fen for one in stands.instalments if one.state == "missed")
    payment = arrived(session, fen=missed, on=CURE_ENDS)
    session.commit()
    assert (break_now(), breaks(session)) == (0, 0)
    payment.state = "returned"
    session.commit()
    assert (break_now(), breaks(session)) == (1, 1)


def test_money_of_which_nothing_points_to_it_keeps_nobody(session, in_cure, break_now):
    arrived(session, fen=12, on=CURE_ENDS)
    session.commit()
    assert break_now() == 1


def test_money_that_may_be_its_borrowers_keeps_it(session, in_cure, break_now):
    ref = session.scalars(select(Loan.ref)).one()
    arrived(session, fen=12, on=CURE_ENDS, loan_ref=ref)
    session.commit()
    assert (break_now(), breaks(session)) == (0, 0)


def complained(session, borrower, *, about="charges", opened, answered=None) -> None:
    thread = Thread(
        borrower_id=borrower.id,
        kind="complaint",
        about=about,
        state="answered" if answered else "open",
        opened_at=NOW + timedelta(days=opened),
        answered_at=NOW + timedelta(days=answered) if answered else None,
    )
    session.add(thread)
    session.commit()


def test_a_complaint_about_the_money_stops_the_clock(session, borrower, in_cure, break_now):
    complained(session, borrower, opened=30)
    assert (break_now(), breaks(session)) == (0, 0)


def test_the_days_of_an_answered_complaint_come_after(session, borrower, in_cure, break_now):
    complained(session, borrower, opened=25, answered=31)
    assert break_now() == 0
    # Seven days later, the third of January, a Sunday: it moves to Monday.
    covered(session, date(2027, 1, 4))
    assert [break_now(days) for days in (BREAK_DAYS + 6, BREAK_DAYS + 7)] == [0, 1]


def test_a_word_about_something_else_stops_nothing(session, borrower, in_cure, break_now):
    complained(session, borrower, about="staff", opened=30)
    assert break_now() == 1


def test_a_notice_nobody_received_is_a_persons(session, later, number, break_now):
    covered(session, date(2026, 12, 15))
    look_at_kept_plans(session, later(23), limit=10)
    covered(session, CURE_ENDS)
    assert [break_now(25), break_now(), break_now()] == [0, 0, 0]
    assert session.scalars(select(PlanMatter.kind)).all() == ["unheard"]
    assert breaks(session) == 0
