"""Paying a plan off: what it takes on a day, line by line."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain.keeping.account import Told
from app.domain.keeping.quoting import (
    BrokenPlan,
    CountedMoney,
    DayNotQuoted,
    NoQuote,
    PaidByThen,
    kept_to_end,
    quote,
)
from app.domain.keeping.reading import read_account
from app.domain.keeping.standing import standing
from tests.domain.keeping.accounts import FIRST, START, account, back, loan, paid
from tests.independent.test_two_programs import files

AHEAD = st.integers(0, 30)


@st.composite
def asked(draw: st.DrawFn):
    """An account of any kind, a day on which somebody asks, and the day they ask about."""
    kept = read_account(draw(files()))
    one = replace(kept, supposes_notices=draw(st.booleans()))
    today = one.plan.start_on + timedelta(days=draw(st.integers(0, 150)))
    # As it is on record that day.
    one = replace(
        one,
        money=tuple(each for each in one.money if each.paid_on <= today),
        told=tuple(each for each in one.told if each.sent_on <= today),
        date_changes=tuple(each for each in one.date_changes if each.at.date() < today),
    )
    came = {each.number for each in one.money}
    assume(all(each.reverses in came for each in one.money if each.reverses is not None))
    return one, today, today + timedelta(days=draw(AHEAD))


@given(asked())
@settings(max_examples=120, deadline=None)
def test_a_quote_is_the_payoff_of_its_day(found):
    one, today, day = found
    then = standing(one, day)
    if then.state in ("completed", "broken"):
        with pytest.raises((NoQuote, PaidByThen)):
            quote(one, day, today)
        return
    quoted = quote(one, day, today)
    assert quoted.sum_fen == then.payoff_fen <= then.left_fen
    assert min(quoted.old_fen, quoted.principal_fen, quoted.ahead_fen) >= 0
    assert 0 <= quoted.saved_fen <= quoted.interest_fen
    assert all(each.fen > 0 for each in (*quoted.due, *quoted.interest))
    # Where interest stops at what is printed money ahead may save more by the end; it is not told.
    assert quoted.spared_fen == max(0, kept_to_end(one, day) - quoted.sum_fen)
    if not one.money:
        assert kept_to_end(one, day) >= quoted.sum_fen


@given(asked())
@settings(max_examples=60, deadline=None)
def test_who_pays_the_quote_on_its_day_is_done(found):
    one, today, day = found
    if standing(one, day).state in ("completed", "broken"):
        return
    quoted = quote(one, day, today)
    numbers = [each.number for each in one.money]
    assume(quoted.sum_fen > 0)
    number = max(numbers) + 1 if numbers else 1
    done = standing(replace(one, money=(*one.money, paid(number, day, quoted.sum_fen))), day)
    assert (done.state, done.left_fen, done.credit_fen) == ("completed", 0, 0)


def one_loan(**how):
    return account(loan(principal=360_000, annual=120_000, periods=3), **how)


def test_on_a_due_date_nothing_runs_yet():
    quoted = quote(one_loan(), FIRST, FIRST)
    assert quoted.interest == ()
    assert [(one.number, one.due_on) for one in quoted.due] == [(1, FIRST)]


def test_interest_runs_for_the_days_since_the_last_due_date_alone():
    first = standing(one_loan(), FIRST).instalments[0].amount_fen
    kept = one_loan(money=[paid(1, FIRST, first)])
    day = FIRST + timedelta(days=12)
    quoted = quote(kept, day, day)
    (interest,) = quoted.interest
    assert (interest.days, interest.from_on) == (12, FIRST)
    assert interest.fen == round(interest.principal_fen * 120_000 * 12 / 360 / 10**6)
    assert interest.principal_fen == quoted.principal_fen
    assert (quoted.due, quoted.old_fen, interest.is_capped) == ((), 0, False)
    assert quoted.counted == CountedMoney(1, first, FIRST)


def test_what_falls_due_until_the_day_is_in_it_and_named():
    today = FIRST - timedelta(days=3)
    quoted = quote(one_loan(), FIRST + timedelta(days=2), today)
    assert [one.number for one in quoted.falls_due] == [1]
    assert quote(one_loan(), today, today).falls_due == ()


def test_what_lies_ahead_and_what_it_saved_come_off():
    early = FIRST - timedelta(days=10)
    kept = one_loan(money=[paid(1, early, 50_000)])
    plain = quote(one_loan(), FIRST - timedelta(days=2), early)
    quoted = quote(kept, FIRST - timedelta(days=2), early)
    assert quoted.ahead_fen == 50_000
    assert quoted.saved_fen == round(50_000 * 120_000 * 8 / 360 / 10**6)
    assert quoted.sum_fen == plain.sum_fen - 50_000 - quoted.saved_fen


def test_what_was_taken_back_is_not_counted():
    kept = one_loan(money=[paid(1, START, 700), back(2, 1, FIRST, 700), paid(3, FIRST, 900)])
    assert quote(kept, FIRST, FIRST).counted == CountedMoney(1, 900, FIRST)
    assert quote(one_loan(), FIRST, FIRST).counted == CountedMoney(0, 0, None)


@pytest.mark.parametrize("days", [-1, 31, 4_000])
def test_only_today_and_thirty_days_after_it(days):
    with pytest.raises(DayNotQuoted, match="2026-01-07 到 2026-02-06"):
        quote(one_loan(), START + timedelta(days=days), START)


@pytest.mark.parametrize("days", [0, 30])
def test_both_ends_count(days):
    assert quote(one_loan(), START + timedelta(days=days), START).sum_fen >= 360_000


def test_a_plan_that_is_completed_has_none():
    kept = one_loan(money=[paid(1, FIRST, 400_000)])
    with pytest.raises(NoQuote):
        quote(kept, FIRST, FIRST)


def test_what_lies_ahead_may_pay_it_off_by_then():
    # February's date moves by two days: interest stops at what is printed, the saving goes on.
    first = standing(one_loan(), FIRST).instalments[0].amount_fen
    came, moved = FIRST + timedelta(days=10), date(2026, 2, 23)
    one = one_loan(money=[paid(1, FIRST, first)])
    whole = quote(one, came, came).sum_fen
    kept = replace(one, money=(*one.money, paid(2, came, whole - 150)))
    assert quote(kept, came, came).sum_fen == 150
    assert standing(kept, moved).state == "completed"
    with pytest.raises(PaidByThen):
        quote(kept, moved, came)
    with pytest.raises(NoQuote):
        quote(kept, moved, moved)


def test_a_broken_plan_has_none():
    late = FIRST + timedelta(days=70)
    kept = replace(one_loan(), told=(Told("notice", FIRST + timedelta(days=45), START),))
    assert quote(kept, late, late).sum_fen > 360_000
    with pytest.raises(BrokenPlan):
        quote(one_loan(), late, late)


def test_a_plan_in_cure_has_one():
    day = date(2026, 3, 3)
    assert standing(one_loan(), day).state == "in_cure"
    assert len(quote(one_loan(), day, day).due) == 2
