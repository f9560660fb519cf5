"""What is owed on stored loans: days while a proposal was open do not count, and what is known of
each when a plan on it is judged.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select

from app.domain.calendar import end_of
from app.models import Loan
from app.services.core.policy import active_policy
from app.services.loans.figures import (
    as_if_taken_back,
    facts_of,
    figures_where,
    is_principal_first,
    lower_of,
)
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.clock import NOW

TODAY = date(2026, 11, 23)


def figures(session, loan, today=TODAY):
    return figures_where(
        session, Loan.id == loan.id, policy=active_policy(session)[1], today=today
    )[0].owed


def test_an_open_proposal_holds_the_figures_at_its_start(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    before = figures(session, loan, date(2026, 11, 21))
    make_plan(session, loan, start_on=date(2026, 11, 21))
    assert figures(session, loan) == before


def test_a_loan_missing_from_the_file_stands_still_at_its_last_file(session, vault):
    loan = make_loan(session, make_borrower(session, vault), as_of_on=date(2026, 11, 20))
    then, now = figures(session, loan, date(2026, 11, 20)), figures(session, loan)
    assert now.payoff_fen > then.payoff_fen
    loan.missing_since_on = date(2026, 11, 21)
    session.flush()
    assert figures(session, loan) == then


def test_after_a_refusal_its_days_stay_free(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    plain = figures(session, loan)
    make_plan(
        session,
        loan,
        state="refused",
        start_on=date(2026, 11, 13),
        ended_at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
    )
    after = figures(session, loan)
    assert after.days_past_due == plain.days_past_due
    assert [one.days - one.charged_days for one in after.overdue] == [
        min(7, max(0, (date(2026, 11, 20) - one.due_on).days)) for one in after.overdue
    ]
    assert after.payoff_fen < plain.payoff_fen


@pytest.mark.parametrize(
    ("by_contract", "days", "expected"),
    [(True, 90, False), (True, 91, True), (False, 91, False), (True, 0, False)],
)
def test_principal_comes_first_by_contract_and_only_after_ninety_days(by_contract, days, expected):
    loan = Loan(principal_first_after_90d=by_contract)
    assert is_principal_first(loan, days_past_due=days) is expected


def test_only_what_the_file_has_lower_lowers_what_is_owed():
    assert lower_of({"penalty": -137, "interest": 3, "fee": 0}) == {"penalty": 137}


def test_loans_come_in_order_and_in_two_queries_however_many(session, vault):
    borrower = make_borrower(session, vault)
    mine = Loan.borrower_id == borrower.id
    policy, seen = active_policy(session)[1], []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *told: seen.append(told[2]))
    for count, has_plan, asked in ((1, False, 1), (4, False, 1), (4, True, 2)):
        while len(loans := session.scalars(select(Loan.id).where(mine)).all()) < count:
            make_loan(session, borrower)
        if has_plan:
            make_plan(session, session.get_one(Loan, loans[0]))
        session.expunge_all()
        seen.clear()
        found = figures_where(session, mine, policy=policy, today=TODAY)
        assert [one.loan.id for one in found] == sorted(loans)
        assert len([one for one in seen if one.startswith("SELECT")]) == asked
        assert [bool(one.proposals) for one in found] == [has_plan, False, False, False][:count]
    assert figures_where(session, Loan.id == 0, policy=policy, today=TODAY) == []


def of(session, loan):
    policy = active_policy(session)[1]
    return figures_where(session, Loan.id == loan.id, policy=policy, today=TODAY)[0]


@pytest.mark.parametrize(
    ("until", "state", "is_open"),
    [(TODAY, "approved", True), (date(2026, 11, 22), "expired", False)],
)
def test_an_offer_past_its_last_day_is_over_also_where_that_is_not_on_record(
    session, vault, until, state, is_open
):
    loan = make_loan(session, make_borrower(session, vault))
    make_plan(session, loan, state="approved", valid_until_at=end_of(until))
    figures = of(session, loan)
    (proposal,) = figures.proposals
    assert (proposal.state, proposal.is_open, figures.negotiation is not None) == (
        state,
        is_open,
        is_open,
    )
    assert proposal.ended_on == (None if is_open else TODAY)


def test_a_draft_is_no_proposal(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    make_plan(session, loan, state="draft", submitted_at=None)
    assert of(session, loan).proposals == ()


def test_taken_back_today_its_days_stay_free(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    plain = of(session, loan).owed
    make_plan(session, loan, state="refused")
    make_plan(session, loan, start_on=date(2026, 11, 21))
    standing = of(session, loan)
    policy = active_policy(session)[1]
    back = as_if_taken_back(standing, policy=policy, today=TODAY)
    assert standing.owed.as_of == date(2026, 11, 21)
    assert (back.owed.as_of, back.owed.days_past_due) == (TODAY, plain.days_past_due)
    assert back.owed.payoff_fen < plain.payoff_fen


@pytest.mark.parametrize(
    ("state", "days", "is_second"),
    [
        ("withdrawn", 30, True),
        ("withdrawn", 31, False),
        ("expired", 0, True),
        ("refused", 0, False),
    ],
)
def test_a_second_hold_is_one_within_thirty_days_of_an_end_without_a_signature(
    session, vault, state, days, is_second
):
    loan = make_loan(session, make_borrower(session, vault))
    make_plan(session, loan, state=state, ended_at=NOW - timedelta(days=days))
    facts = facts_of(
        of(session, loan), touched_on=None, policy=active_policy(session)[1], today=TODAY
    )
    assert facts.hold_ended_lately is is_second
    assert not facts.has_open_plan


def test_a_submission_touches_a_loan_like_a_contact_does_the_later_one_counts(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    make_plan(session, loan, submitted_at=NOW - timedelta(days=5))
    policy, figures = active_policy(session)[1], of(session, loan)
    for touched, last in ((None, 5), (9, 5), (2, 2)):
        on = None if touched is None else TODAY - timedelta(days=touched)
        facts = facts_of(figures, touched_on=on, policy=policy, today=TODAY)
        assert facts.last_touch_on == TODAY - timedelta(days=last)
        assert facts.has_open_plan
