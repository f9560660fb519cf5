"""A plan's state follows from where it stands: completed, running again, mended, taken back."""

from datetime import date, timedelta

from sqlalchemy import select

from app.models import AuditEntry, Hold, Journal, OutboxItem, PlanLoan, PlanNotice
from app.services.loans.queries import loan_page
from tests.factories import make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import covered, paid, plan_of, taken_back, undone
from tests.support.signing import kept_of

FIRST, SECOND = date(2026, 11, 26), date(2026, 12, 10)


def noticed(session, number, *, sent_on, received_on=None) -> PlanNotice:
    notice = PlanNotice(
        plan_id=plan_of(session, number).id,
        kind="notice",
        sent_on=sent_on,
        at=NOW,
        told={},
        received_on=received_on,
        received_by="read" if received_on else None,
    )
    session.add(notice)
    session.commit()
    return notice


def sent(session) -> list[str]:
    return list(
        session.scalars(
            select(OutboxItem.idempotency_key)
            .where(OutboxItem.idempotency_key.regexp_match("^(plan-completed|notice)"))
            .order_by(OutboxItem.id)
        )
    )


def actions(session) -> list[str]:
    wanted = "^(plan.(completed|active|in_cure)|notice)"
    query = select(AuditEntry.action).where(AuditEntry.action.regexp_match(wanted))
    return list(session.scalars(query.order_by(AuditEntry.seq)))


def total_of(session, borrower, number) -> int:
    return kept_of(session, borrower, number).terms.total_fen


def test_a_plan_that_runs_stays_as_it_is(session, number, act):
    paid(session, number, fen=50_000, on=FIRST)
    assert (act().state, sent(session), actions(session)) == ("active", [], [])


def test_at_zero_it_is_completed_its_hold_ends_and_its_borrower_is_told_once(
    session, borrower, number, act
):
    paid(session, number, fen=total_of(session, borrower, number), on=FIRST)
    plan = act()
    assert act().state == plan.state == "completed"
    assert not session.scalars(select(PlanLoan.is_open)).one()
    (hold,) = session.scalars(select(Hold).where(Hold.cause == "plan_kept"))
    assert hold.until_at == NOW + timedelta(days=5)
    assert len(sent(session)) == 1
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.completed"))
    assert entry.after["completed_on"] == FIRST.isoformat()
    assert entry.after["waived_fen"] > 0


def test_a_completed_plan_is_still_the_book_of_its_loan(session, borrower, number, loan, act):
    paid(session, number, fen=total_of(session, borrower, number), on=FIRST)
    act()
    view = loan_page(
        session,
        acting(now=NOW + timedelta(days=6)),
        borrower_id=borrower.id,
        public_id=loan.public_id,
    ).loan
    assert (view.is_done, view.today_fen, view.stage, view.may_propose) == (True, 0, None, False)


def test_money_taken_back_lets_it_run_again(session, borrower, number, act):
    payment = paid(session, number, fen=total_of(session, borrower, number), on=FIRST)
    act()
    taken_back(session, payment, number, on=FIRST + timedelta(days=3))
    assert act(8).state == "active"
    assert session.scalars(select(PlanLoan.is_open)).one()
    holds = session.scalars(select(Hold).where(Hold.cause == "plan_kept")).all()
    assert [one.until_at is None for one in holds] == [False, True]
    paid(session, number, fen=total_of(session, borrower, number), on=FIRST + timedelta(days=9))
    assert act(12).state == "completed"
    assert actions(session) == ["plan.completed", "plan.active", "plan.completed"]
    assert len(sent(session)) == 2


def test_where_another_plan_was_made_meanwhile_a_person_decides(
    session, borrower, number, loan, act
):
    payment = paid(session, number, fen=total_of(session, borrower, number), on=FIRST)
    act()
    make_plan(session, loan)
    taken_back(session, payment, number, on=FIRST + timedelta(days=3))
    assert act(8).state == "completed"


def test_a_notice_that_was_received_puts_it_into_cure_and_money_takes_it_out(session, number, act):
    covered(session, date(2026, 12, 20))
    sent_on = date(2026, 12, 18)
    noticed(session, number, sent_on=sent_on, received_on=sent_on)
    assert act(26).state == "in_cure"
    # both parts that were missed
    paid(session, number, fen=400_000, on=date(2026, 12, 19))
    assert act(27).state == "active"
    assert actions(session) == ["plan.in_cure", "plan.active"]
    assert sent(session) == []


def test_money_that_was_in_time_takes_the_notice_back_and_says_sorry(session, number, act):
    covered(session, date(2026, 12, 20))
    sent_on = date(2026, 12, 18)
    notice = noticed(session, number, sent_on=sent_on, received_on=sent_on)
    act(26)
    paid(session, number, fen=400_000, on=SECOND, arrived_on=date(2026, 12, 19))
    assert act(27).state == "active"
    session.refresh(notice)
    assert (notice.taken_back_why, notice.taken_back_at) == ("in_time", NOW + timedelta(days=27))
    assert sent(session) == [f"notice-back:{notice.public_id}"]
    assert actions(session) == ["plan.in_cure", "notice.taken_back", "plan.active"]
    act(28)
    assert len(sent(session)) == 1


def test_money_that_was_laid_here_by_mistake_completes_nothing(session, borrower, number, act):
    payment = paid(session, number, fen=total_of(session, borrower, number), on=FIRST)
    undone(session, payment, at=NOW + timedelta(days=4))
    assert act().state == "active"


def test_a_broken_plan_is_followed_no_more(session, borrower, number, act):
    plan_of(session, number).state = "broken"
    paid(session, number, fen=total_of(session, borrower, number), on=FIRST)
    assert act().state == "broken"


def test_the_books_are_opened_with_the_signature_and_follow_what_comes(session, number, act):
    kinds = select(Journal.kind).order_by(Journal.seq)
    assert session.scalars(kinds).all() == ["opening"]
    paid(session, number, fen=50_000, on=FIRST)
    act()
    assert session.scalars(kinds).all() == ["opening", "receipt", "allocation"]
    act()
    assert len(session.scalars(kinds).all()) == 3
