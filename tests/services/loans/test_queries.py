"""A loan as its borrower sees it: every figure with its lines, what comes next, what refuses a
plan.
"""

from datetime import date, timedelta

import pytest

from app.domain.errors import NotFound
from app.services.contact.records import contact_summary
from app.services.core.policy import active_policy
from app.services.loans import queries as loan_queries
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW


def test_the_lines_of_a_section_sum_to_its_figure(session, borrower):
    loan = make_loan(session, borrower)
    page = loan_queries.loan_page(
        session, acting(), borrower_id=borrower.id, public_id=loan.public_id
    )
    for section, fen in (
        ("principal", page.loan.owed.overdue_principal_fen),
        ("interest", page.loan.owed.interest_fen),
        ("penalty", page.loan.owed.penalty_fen),
        ("payoff", page.loan.owed.payoff_fen),
        ("today", page.loan.owed.today_fen),
    ):
        assert sum(line.fen for line in page.lines[section] if line.kind == "step") == fen > 0


def page_of(session, borrower, loan, *, now=NOW):
    return loan_queries.loan_page(
        session, acting(now=now), borrower_id=borrower.id, public_id=loan.public_id
    )


def test_another_borrowers_loan_or_none_is_not_found(session, vault, borrower, loan):
    stranger = make_borrower(session, vault, mobile="19003740001")
    with pytest.raises(NotFound):
        page_of(session, stranger, loan)
    with pytest.raises(NotFound):
        loan_queries.loan_page(
            session, acting(), borrower_id=borrower.id, public_id=loan.public_id.upper()
        )


def test_what_comes_next_is_the_first_instalment_after_today(session, borrower, loan):
    view = page_of(session, borrower, loan).loan
    assert (view.coming.due_on, view.days_past_due) == (date(2026, 12, 18), 66)
    assert view.coming.amount_fen == view.next_due.total_fen > 0
    on_the_day = page_of(session, borrower, loan, now=NOW + timedelta(days=25)).loan
    assert on_the_day.coming.due_on == date(2027, 1, 18)
    paid = page_of(session, borrower, make_loan(session, borrower, paid=24)).loan
    assert (paid.coming, paid.days_past_due, paid.may_propose) == (None, 0, False)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({}, None),
        ({"missing_since_on": date(2026, 11, 20)}, "missing"),
        ({"paid": 24}, "nothing_owed"),
        ({"difference": True}, None),
    ],
)
def test_what_refuses_a_plan_is_told_with_advice(session, borrower, values, refusal):
    view = page_of(session, borrower, make_loan(session, borrower, **values)).loan
    assert (view.refusal, view.may_propose) == (refusal, refusal is None)
    assert bool(view.advice) is (refusal is not None)
    assert (view.is_missing, view.is_checking) == (
        "missing_since_on" in values,
        "difference" in values,
    )


@pytest.mark.parametrize(("fen", "is_small"), [(19_999, True), (20_000, False)])
def test_what_one_payment_settles_is_small(session, borrower, fen, is_small):
    once = {"periods": 1, "paid": 0, "annual_ppm": 0, "start_on": date(2026, 9, 18)}
    view = page_of(session, borrower, make_loan(session, borrower, principal_fen=fen, **once)).loan
    assert (view.owed.payoff_fen, view.is_small) == (fen, is_small)


@pytest.mark.parametrize(("days", "told"), [(30, True), (31, False)])
def test_an_answer_that_was_no_is_told_while_it_may_be_appealed(
    session, borrower, loan, days, told
):
    at = NOW - timedelta(days=days)
    version = make_plan(session, loan, state="refused", decided_at=at, ended_at=at)
    note = page_of(session, borrower, loan).loan.plan
    assert (note.public_id if note else None) == (version.public_id if told else None)
    if note:
        assert (note.state, note.is_running) == ("refused", False)


def test_the_one_that_runs_is_told_before_one_that_ended(session, borrower, loan):
    make_plan(session, loan, state="refused", decided_at=NOW, ended_at=NOW)
    running = make_plan(session, loan, start_on=date(2026, 11, 21))
    view = page_of(session, borrower, loan).loan
    assert (view.plan.public_id, view.plan.is_running) == (running.public_id, True)
    assert view.plan.answer_by_on == running.decide_by_on
    assert (view.stopped_on, view.refusal) == (date(2026, 11, 21), "already_open")


def test_loans_come_with_the_longest_past_due_first(session, borrower, loan):
    later, longest = make_loan(session, borrower, paid=9), make_loan(session, borrower, paid=3)
    found = loan_queries.loans_of(
        session,
        acting(),
        borrower_id=borrower.id,
        contacts=contact_summary(session, borrower_id=borrower.id),
        policy=active_policy(session)[1],
    )
    assert [one.id for one in found] == [longest.id, loan.id, later.id]
