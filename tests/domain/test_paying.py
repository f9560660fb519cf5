"""What may be paid now: what is due first, what mends, one ahead, all of it, an own sum within."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given

from app.domain.keeping.quoting import quote
from app.domain.keeping.standing import standing
from app.domain.paying import (
    NothingToPay,
    OfferedSum,
    OfferedSums,
    SumChanged,
    SumMissing,
    SumTooLarge,
    SumTooSmall,
    sums_of_loan,
    sums_of_plan,
)
from tests.domain.keeping.accounts import FIRST, account, back, loan, paid
from tests.domain.keeping.test_properties import DAYS, accounts

DUE = FIRST


def kinds(offered: OfferedSums) -> dict[str, int]:
    return {one.kind: one.fen for one in offered.sums}


def test_on_its_day_the_instalment_comes_first():
    assert kinds(sums_of_plan(account(), DUE)) == {"due": 40_000, "ahead": 80_000, "all": 120_000}


def test_before_its_day_the_next_one_comes_first():
    found = sums_of_plan(account(), DUE - timedelta(days=3))
    assert kinds(found) == {"ahead": 40_000, "all": 120_000}
    assert found.sums[0].parts == 1


def test_in_part_paid_only_the_rest_is_asked():
    kept = account(money=[paid(1, DUE - timedelta(days=5), 15_000)])
    assert kinds(sums_of_plan(kept, DUE))["due"] == 25_000


def test_the_last_instalment_is_all_of_it():
    kept = account(money=[paid(1, DUE, 80_000)])
    assert kinds(sums_of_plan(kept, date(2026, 3, 21))) == {"all": 40_000}


def test_what_is_missed_and_what_is_due_beside_it_are_two_sums():
    kept = replace(account(loan(periods=4)), covered_until=date(2026, 12, 31))
    # A Monday: the day before was no working day.
    day = date(2026, 2, 23)
    stands = standing(kept, day)
    missed = sum(one.left_fen for one in stands.instalments if one.state == "missed")
    assert kinds(sums_of_plan(kept, day)) == {
        "cure": missed,
        "due": 60_000,
        "ahead": 90_000,
        "all": 120_000,
    }


def test_what_money_ahead_saves_is_told():
    kept = account(loan(annual=240_000, periods=6))
    found = sums_of_plan(kept, DUE)
    ahead = next(one for one in found.sums if one.kind == "ahead")
    assert ahead.saved_fen > 0
    whole = next(one for one in found.sums if one.kind == "all")
    assert whole.saved_fen == quote(kept, DUE, DUE).spared_fen > 0


def test_of_a_paid_plan_nothing_is_asked():
    with pytest.raises(NothingToPay):
        sums_of_plan(account(money=[paid(1, DUE, 120_000)]), DUE)
    kept = account(money=[paid(1, DUE, 120_000), back(2, 1, DUE, 120_000)])
    assert kinds(sums_of_plan(kept, DUE))["all"] == 120_000


@pytest.mark.parametrize(
    ("due", "coming", "whole", "told"),
    [
        (1_000, 500, 9_000, {"due": 1_000, "ahead": 1_500, "all": 9_000}),
        (0, 500, 9_000, {"ahead": 500, "all": 9_000}),
        (0, 0, 9_000, {"all": 9_000}),
        (9_000, 500, 9_000, {"all": 9_000}),
        (1_000, 8_000, 9_000, {"due": 1_000, "all": 9_000}),
    ],
)
def test_of_a_loan_each_sum_is_more_than_the_one_before(due, coming, whole, told):
    assert kinds(sums_of_loan(due_fen=due, next_fen=coming, all_fen=whole)) == told


def test_of_a_loan_that_is_paid_nothing_is_asked():
    with pytest.raises(NothingToPay):
        sums_of_loan(due_fen=0, next_fen=0, all_fen=0)


OFFER = OfferedSums((OfferedSum("due", 100), OfferedSum("all", 900)), 900)


def test_a_sum_is_chosen_as_it_was_shown():
    assert OFFER.chosen("due", shown_fen=100, own_fen=None).fen == 100
    assert OFFER.chosen("own", shown_fen=None, own_fen=900).fen == 900


@pytest.mark.parametrize(
    ("kind", "shown", "own", "refusal"),
    [
        ("due", 99, None, SumChanged),
        ("cure", 100, None, SumChanged),
        ("", None, None, SumChanged),
        ("own", None, None, SumMissing),
        ("own", None, 0, SumTooSmall),
        ("own", None, -1, SumTooSmall),
        ("own", None, 901, SumTooLarge),
    ],
)
def test_what_cannot_be_chosen_is_refused_in_words(kind, shown, own, refusal):
    with pytest.raises(refusal) as told:
        OFFER.chosen(kind, shown_fen=shown, own_fen=own)
    assert told.value.words


@given(accounts(), DAYS)
def test_every_sum_is_one_that_may_be_paid_and_they_rise(kept, day):
    today = max(day, kept.plan.signed_on)
    stands = standing(kept, today)
    if stands.state in ("broken", "completed"):
        return
    found = sums_of_plan(kept, today)
    sums = [one.fen for one in found.sums]
    assert sums == sorted(set(sums))
    assert found.sums[-1] == found.sums[-1]._replace(kind="all", fen=stands.payoff_fen)
    assert all(0 < fen <= found.most_fen for fen in sums)
    assert [found.own(fen) for fen in sums] == sums
    if stands.due_fen and stands.due_fen < found.most_fen:
        assert stands.due_fen in sums
