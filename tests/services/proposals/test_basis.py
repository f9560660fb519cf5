"""What a plan on a loan stands on today: which answers count, what is asked, what is offered."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.proposing import AlreadyOpen, LoanMissing
from app.services.proposals.basis import Answers, basis_beside, basis_for
from app.services.proposals.drafts import lock_journey
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS

SMALL = {"principal_fen": 15_000, "annual_ppm": 0}


def ground(session, loan, *, of=basis_for, now=NOW):
    return of(session, acting(now=now), borrower_id=loan.borrower_id, loan_public_id=loan.public_id)


@pytest.mark.parametrize("load", [basis_for, basis_beside, lock_journey])
def test_a_loan_of_someone_else_is_not_found(session, vault, loan, load):
    stranger = make_borrower(session, vault, mobile="19003740001")
    with pytest.raises(NotFound):
        load(session, acting(), borrower_id=stranger.id, loan_public_id=loan.public_id)


def test_income_is_asked_only_where_there_are_amounts_that_leave_something_to_plan(session, loan):
    basis = ground(session, loan)
    small_monthly = replace(ANSWERS, monthly_fen=40_000)
    assert basis.asks_income(small_monthly)
    assert not basis.asks_income(ANSWERS)
    assert not basis.asks_income(replace(small_monthly, monthly_fen=None))
    assert not basis.asks_income(replace(small_monthly, upfront_fen=None))
    # Nothing fits such an amount whatever the income: what was told is known, nothing is asked.
    nothing = replace(ANSWERS, monthly_fen=100, surplus_fen=-100_000)
    assert not basis.asks_income(nothing)
    assert basis.usable(nothing).surplus_fen == -100_000
    too_large = replace(small_monthly, upfront_fen=basis.payoff_fen)
    assert not basis.asks_income(too_large)


def test_a_surplus_counts_only_where_income_is_asked(session, loan):
    basis = ground(session, loan)
    told = replace(ANSWERS, surplus_fen=100_000)
    assert basis.usable(told).surplus_fen is None
    assert basis.usable(replace(told, monthly_fen=40_000)).surplus_fen == 100_000


@pytest.mark.parametrize(
    ("pay_on", "counts"),
    [
        (date(2026, 11, 22), False),
        (date(2026, 11, 29), False),
        (date(2026, 11, 30), True),
        (date(2026, 12, 23), True),
        (date(2026, 12, 24), False),
    ],
)
def test_a_day_outside_those_of_a_small_debt_is_open_again(session, borrower, pay_on, counts):
    basis = ground(session, make_loan(session, borrower, **SMALL))
    assert basis.is_small
    found = basis.usable(Answers(pay_on=pay_on))
    assert found.pay_on == (pay_on if counts else None)


def test_a_small_debt_asks_for_no_amounts_and_a_larger_one_for_no_day(session, borrower, loan):
    day = date(2026, 12, 1)
    said = replace(ANSWERS, upfront_fen=5_000, pay_on=day)
    small = ground(session, make_loan(session, borrower, **SMALL)).request(said)
    assert (small.upfront_fen, small.pay_on) == (0, day)
    large = ground(session, loan).request(said)
    assert (large.upfront_fen, large.pay_on, large.start_on) == (5_000, None, NOW.date())


def test_the_chosen_option_is_the_one_offered_today_with_the_same_hash_each_time(session, loan):
    basis = ground(session, loan)
    chosen = basis.chosen(ANSWERS)
    assert "best_fit" in chosen.option.choices
    assert chosen.sha256 == ground(session, loan).chosen(ANSWERS).sha256
    tomorrow = ground(session, loan, now=NOW + timedelta(days=1)).chosen(ANSWERS)
    assert tomorrow.sha256 != chosen.sha256
    assert basis.chosen(replace(ANSWERS, choice="nothing")) is None


def test_beside_an_open_proposal_another_stands_as_if_it_was_taken_back_today(session, loan):
    version = make_plan(session, loan, total_fen=400_000, start_on=date(2026, 11, 21))
    standing = ground(session, loan)
    with pytest.raises(AlreadyOpen):
        standing.check_may_propose()
    beside = ground(session, loan, of=basis_beside)
    beside.check_may_propose()
    assert (standing.facts.other_planned_fen, beside.facts.other_planned_fen) == (400_000, 0)
    assert beside.facts.hold_ended_lately
    assert (standing.figures.owed.as_of, beside.figures.owed.as_of) == (
        version.start_on,
        NOW.date(),
    )


def test_where_none_is_open_the_ground_is_as_it_is(session, loan):
    beside, plain = ground(session, loan, of=basis_beside), ground(session, loan)
    assert (beside.facts, beside.figures.owed) == (plain.facts, plain.figures.owed)
    loan.missing_since_on = date(2026, 11, 22)
    session.commit()
    with pytest.raises(LoanMissing):
        ground(session, loan, of=basis_beside).check_may_propose()


@pytest.mark.parametrize(("days", "stale"), [(2, False), (3, True)])
def test_a_file_older_than_three_days_is_stale(session, loan, days, stale):
    assert ground(session, loan, now=NOW + timedelta(days=days)).is_stale is stale
