"""Schedules to the fen."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.loan import METHODS_BY_NAME, Method
from app.domain.schedule import ScheduleImpossible, equal_instalment_fen, schedule
from tests.domain.examples import TERMS, make_terms


@pytest.mark.parametrize(
    ("principal", "ppm", "periods", "each", "last", "total"),
    [
        (1_200_000, 120_000, 12, 106_619, 106_614, 1_279_423),
        (1_200_000, 180_000, 24, 59_909, 59_907, 1_437_814),
        (1_200_000, 240_000, 60, 34_522, 34_481, 2_071_279),
        (1_200_000, 0, 36, 33_333, 33_345, 1_200_000),
        (1_000_001, 0, 3, 333_334, 333_333, 1_000_001),
    ],
)
def test_equal_instalments_of_the_rule_book(principal, ppm, periods, each, last, total):
    rows = schedule(make_terms(principal_fen=principal, annual_ppm=ppm, periods=periods))
    assert [row.total_fen for row in rows] == [each] * (periods - 1) + [last]
    assert sum(row.total_fen for row in rows) == total


def test_equal_principal_rounds_each_and_the_last_takes_the_rest():
    rows = schedule(make_terms(principal_fen=1_000_001, method=Method.EQUAL_PRINCIPAL, periods=3))
    assert [row.principal_fen for row in rows] == [333_334, 333_334, 333_333]
    assert [row.interest_fen for row in rows] == [10_000, 6_667, 3_333]


@pytest.mark.parametrize("ppm", [0, 182_500])
def test_interest_first_pays_all_principal_with_the_last(ppm):
    rows = schedule(
        make_terms(principal_fen=100_000, method=Method.INTEREST_FIRST, annual_ppm=ppm, periods=4)
    )
    assert [row.principal_fen for row in rows] == [0, 0, 0, 100_000]
    assert {row.interest_fen for row in rows} == {1_521 if ppm else 0}


def test_months_that_pay_interest_only_come_before_what_is_solved():
    rows = schedule(make_terms(periods=15, interest_only=3))
    assert [row.total_fen for row in rows] == [12_000] * 3 + [106_619] * 11 + [106_614]
    rows = schedule(make_terms(periods=5, interest_only=2, method=Method.EQUAL_PRINCIPAL))
    assert [row.principal_fen for row in rows] == [0, 0, 400_000, 400_000, 400_000]
    rows = schedule(make_terms(periods=5, interest_only=2, annual_ppm=0))
    assert [row.total_fen for row in rows] == [0, 0, 400_000, 400_000, 400_000]


def test_a_tie_is_decided_on_the_exact_value():
    # 100.00 x 18.25 % / 12 = 1.520833..; 1.00 x 6 % / 12 is exactly half a fen
    rows = schedule(
        make_terms(principal_fen=100, annual_ppm=60_000, method=Method.INTEREST_FIRST, periods=2)
    )
    assert [row.interest_fen for row in rows] == [1, 1]
    rows = schedule(
        make_terms(principal_fen=99, annual_ppm=60_000, method=Method.INTEREST_FIRST, periods=2)
    )
    assert [row.interest_fen for row in rows] == [0, 0]


def test_due_dates_count_from_the_loan_date():
    rows = schedule(make_terms(periods=4))
    assert [row.due_on.isoformat() for row in rows] == [
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
    ]
    rows = schedule(make_terms(periods=2, due_day=5))
    assert [row.due_on.isoformat() for row in rows] == ["2026-02-05", "2026-03-05"]


@pytest.mark.parametrize("method", [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL])
def test_a_principal_too_small_for_its_instalments_is_an_error(method):
    terms = make_terms(principal_fen=20, annual_ppm=0, periods=36, method=method)
    with pytest.raises(ScheduleImpossible) as refused:
        schedule(terms)
    assert "期" in refused.value.message


def test_a_last_instalment_of_zero_is_possible():
    rows = schedule(make_terms(principal_fen=35, annual_ppm=0, periods=36))
    assert rows[-1].total_fen == 0


def test_six_hundred_periods_are_computed():
    rows = schedule(make_terms(principal_fen=100_000_000, annual_ppm=49_000, periods=600))
    assert len(rows) == 600
    assert sum(row.principal_fen for row in rows) == 100_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"principal_fen": -1},
        {"annual_ppm": -1},
        {"uplift_ppm": -1},
        {"day_basis": 366},
        {"periods": 0},
        {"interest_only": 12},
        {"interest_only": -1},
        {"due_day": 32},
    ],
)
def test_terms_no_contract_can_have_are_refused(wrong):
    with pytest.raises(ValueError, match=r"never negative|instalment|day 32"):
        make_terms(**wrong)


def test_methods_have_the_files_names():
    assert METHODS_BY_NAME["先息后本"] is Method.INTEREST_FIRST
    assert Method.EQUAL_PRINCIPAL.label == "等额本金"


@given(TERMS)
def test_every_schedule_pays_the_principal_back_exactly(terms):
    rows = schedule(terms)
    assert sum(row.principal_fen for row in rows) == terms.principal_fen
    balance = terms.principal_fen
    for row in rows:
        assert row.balance_fen == balance
        exact = Fraction(balance * terms.annual_ppm, 12_000_000)
        assert -Fraction(1, 2) < exact - row.interest_fen <= Fraction(
            1, 2
        ) or row.interest_fen - exact == Fraction(1, 2)
        assert row.principal_fen >= 0
        balance -= row.principal_fen
    assert all(one.due_on < two.due_on for one, two in itertools.pairwise(rows))


@given(st.integers(1, 10**9), st.integers(1, 360_000), st.integers(1, 120))
def test_the_equal_instalment_is_the_formula_rounded_once(principal, ppm, n):
    rate = Fraction(ppm, 12_000_000)
    grown = (1 + rate) ** n
    exact = principal * rate * grown / (grown - 1)
    distance = exact - equal_instalment_fen(principal, ppm, n)
    assert -Fraction(1, 2) <= distance < Fraction(1, 2)


@given(TERMS)
def test_all_but_the_last_equal_instalment_are_equal(terms):
    assume(terms.method is Method.EQUAL_INSTALMENT)
    assert len({row.total_fen for row in schedule(terms)[:-1]}) <= 1


def test_without_interest_the_equal_instalment_is_the_nth_part():
    assert equal_instalment_fen(1_000_001, 0, 3) == 333_334
