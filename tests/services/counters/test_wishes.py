"""What staff state of a counter-offer becomes what is asked for, and a version's own terms become
what is stated.
"""

from fractions import Fraction

import pytest

from app.domain.allocation import Components
from app.domain.calendar import pay_dates
from app.domain.kinds.options import plan_options
from app.domain.plan_terms import read_terms
from app.domain.policy import PlanFacts
from app.domain.terms_writing import write_terms
from app.services.counters.wishes import (
    CounterWish,
    OwnRateOutside,
    PeriodsNeeded,
    rates_of,
    request_of,
    wish_in,
    wish_of,
)
from tests.domain.examples import POLICY
from tests.domain.kinds.test_stating import START, debt, policys

TWO = [debt("J1"), debt("J2", annual_ppm=180_001, principal_fen=900_000)]
CONTRACTS = {"J1": 216_000, "J2": 180_001}


def wish(**values):
    given = {"kind": "reamortise", "waived": policys(*TWO), "periods": 24, "pay_day": 10}
    return CounterWish(**(given | values))


def asked(given, debts=TWO):
    return request_of(given, debts, policy=POLICY, start_on=START, surplus_fen=None)


@pytest.mark.parametrize(
    ("rate", "own", "rates"),
    [
        ("contract", None, CONTRACTS),
        ("half", None, {"J1": 108_000, "J2": Fraction(180_001, 2)}),
        ("zero", None, {"J1": 0, "J2": 0}),
        ("own", 162_000, {"J1": 162_000, "J2": 162_000}),
        # never above a loan's own contract
        ("own", 200_000, {"J1": 200_000, "J2": 180_001}),
    ],
)
def test_each_loan_gets_its_rate(rate, own, rates):
    assert rates_of(wish(rate=rate, own_ppm=own), TWO, POLICY) == rates


@pytest.mark.parametrize("own", [None, -1, 216_001])
def test_an_own_rate_is_below_the_highest_contracts(own):
    with pytest.raises(OwnRateOutside):
        rates_of(wish(rate="own", own_ppm=own), TWO, POLICY)


def test_a_kind_asks_only_for_what_is_its_own():
    given = {"low_fen": 100, "low_months": 2, "months": 3, "upfront_fen": 500, "put_off": 1}
    spread = asked(wish(**given))
    assert (spread.low_fen, spread.months, spread.upfront_fen) == (0, 0, 500)
    assert spread.stated.put_off == 1
    settled = asked(wish(kind="settlement", **given))
    assert (settled.upfront_fen, settled.periods, settled.pay_day) == (0, None, None)
    assert (settled.stated.rates, settled.stated.put_off) == ({}, 0)
    deferred = asked(wish(kind="deferral", **given))
    assert (deferred.months, deferred.stated.waived) == (3, Components())


def test_instalments_are_named():
    with pytest.raises(PeriodsNeeded):
        asked(wish(periods=None))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"rate": "half", "upfront_fen": 10_000},
        {"rate": "zero", "put_off": 2},
        {"rate": "own", "own_ppm": 150_000},
        {"kind": "step_up", "low_fen": 60_000, "low_months": 3},
    ],
)
def test_terms_say_again_what_was_stated(given):
    stated = wish(**given)
    request = asked(stated)
    option = plan_options(TWO, request, POLICY, PlanFacts()).options[0]
    terms = read_terms(
        write_terms(
            option,
            request=request,
            debts={one.ref: one for one in TWO},
            choice="counter",
            first_payment_days=3,
            policy_version="1",
        )
    )
    assert wish_of(terms, CONTRACTS, policy=POLICY) == stated
    assert wish_in(request, CONTRACTS) == stated
    days = pay_dates(START, 10, 4, POLICY.plans.lead_days)
    assert terms.first_on == days[stated.put_off]
