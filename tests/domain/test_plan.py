"""Plans that fit: examples by hand, and properties of every option."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain.allocation import Components
from app.domain.kinds.options import has_plan, is_income_asked, plan_options
from app.domain.loan import Method
from app.domain.plan import (
    FirstPaymentTooLarge,
    MonthlyNeeded,
    PlanRequest,
)
from app.domain.policy import PlanFacts
from app.domain.proposing import NothingOwed
from app.domain.schedule import ScheduleImpossible
from tests.domain.examples import POLICY, bullet, make_terms, owed_on
from tests.support.plans import one_debt, option_for

START = date(2026, 11, 20)
FACTS = PlanFacts()
# ¥12,000.00 at 15.6 % over 24, eleven paid: three instalments are overdue at the start
LOAN = make_terms(annual_ppm=156_000, periods=24, start_on=date(2025, 9, 18))


def request(monthly, **overrides):
    values = {
        "monthly_fen": monthly,
        "upfront_fen": 0,
        "surplus_fen": None,
        "pay_day": 10,
        "start_on": START,
    }
    return PlanRequest(**(values | overrides))


def offer_on(terms, monthly, *, paid=0, fee_fen=0, facts=FACTS, **overrides):
    asked = request(monthly, **overrides)
    owed = owed_on(terms, asked.start_on, paid=paid, fee_fen=fee_fen)
    return plan_options(one_debt(terms, owed), asked, POLICY, facts)


def flat(principal, **overrides):
    """A loan without interest or penalty, wholly overdue since long enough."""
    values = {"principal_fen": principal, "annual_ppm": 0, "uplift_ppm": 0, "periods": 1}
    return make_terms(**(values | {"start_on": date(2026, 9, 1)} | overrides))


def test_three_choices_for_what_is_affordable():
    offer = offer_on(LOAN, 70_000, paid=11)
    assert offer.smallest_fen is None
    assert [(one.choices, one.periods) for one in offer.options] == [
        (("fastest",), 9),
        (("best_fit",), 12),
        (("lowest",), 36),
    ]
    fastest, best, lowest = offer.options
    assert fastest.highest_fen <= 91_000
    assert best.highest_fen <= 70_000
    assert lowest.highest_fen <= best.highest_fen
    assert (best.verdict, best.reasons) == ("at_once", ())
    assert (lowest.verdict, lowest.reasons) == ("needs_person", ("too_many_instalments",))
    assert best.ends_on == date(2027, 11, 10)


def test_a_plan_by_hand_without_interest():
    (option,) = (
        one for one in offer_on(flat(100_000), 33_400).options if "best_fit" in one.choices
    )
    assert [one.amount_fen for one in option.instalments] == [33_333, 33_333, 33_334]
    assert [one.due_on for one in option.instalments] == [
        date(2026, 12, 10),
        date(2027, 1, 10),
        date(2027, 2, 10),
    ]
    assert option.total_fen == 100_000
    assert option.annual_rate == Decimal("0.0000")


def test_old_amounts_bear_nothing_and_their_rest_falls_on_the_last():
    terms = make_terms(
        principal_fen=300_000, annual_ppm=120_000, periods=1, start_on=date(2026, 9, 5)
    )
    # 46 days: interest 3,000, penalty 3,000.00 x 18 % x 46 / 360 = 6,900
    owed = owed_on(terms, START)
    assert owed.net == Components(0, 6_900, 3_000, 300_000)
    option = option_for(terms, owed, request(200_000), POLICY, FACTS, periods=4, annual_ppm=120_000)
    assert option.waived_fen == 2_070
    assert option.planned == Components(0, 4_830, 3_000, 300_000)
    assert [one.penalty_fen for one in option.instalments] == [1_207, 1_207, 1_207, 1_209]
    assert [one.old_interest_fen for one in option.instalments] == [750] * 4
    # 20 days to the first due date: 3,000.00 x 12 % x 20 / 360 instead of one month's 3,000
    assert [one.interest_fen for one in option.instalments] == [2_000, 2_261, 1_515, 761]
    assert [one.principal_fen for one in option.instalments] == [73_884, 74_623, 75_369, 76_124]
    assert option.plan_interest_fen == 6_537
    assert option.total_fen == 300_000 + 4_830 + 3_000 + 6_537
    assert Decimal("0.1") < option.annual_rate < Decimal("0.13")


def test_a_first_period_longer_than_a_month_costs_one_month():
    terms = make_terms(
        principal_fen=300_000, annual_ppm=120_000, periods=1, start_on=date(2026, 9, 5)
    )
    option = option_for(
        terms,
        owed_on(terms, START),
        request(200_000, pay_day=26),
        POLICY,
        FACTS,
        periods=3,
        annual_ppm=120_000,
    )
    assert option.instalments[0].due_on == date(2026, 12, 26)
    assert option.instalments[0].interest_fen == 3_000


def test_the_first_payment_lands_in_the_agreed_order():
    offer = offer_on(LOAN, 70_000, paid=11, upfront_fen=20_000, fee_fen=1_000)
    option = offer.options[0]
    net = owed_on(LOAN, START, paid=11, fee_fen=1_000).net
    assert option.upfront_fen == option.upfront_parts.total == 20_000
    penalty = net.penalty_fen - option.waived_fen
    assert option.upfront_parts[:2] == (net.fee_fen, penalty)
    assert option.planned.fee_fen == option.planned.penalty_fen == 0
    assert option.total_fen == 20_000 + sum(one.amount_fen for one in option.instalments)


def test_the_waiver_needs_thirty_days():
    terms = bullet()
    young, old = (offer_on(terms, 200_000, start_on=date(2026, 3, day)) for day in (30, 31))
    assert {one.waived_fen for one in young.options} == {0}
    # 30 % of the 100.00 left under the ceiling
    assert {one.waived_fen for one in old.options} == {3_000}


@pytest.mark.parametrize("upfront", [100_000, 100_001])
def test_a_first_payment_leaves_something_to_plan(upfront):
    with pytest.raises(FirstPaymentTooLarge):
        offer_on(flat(100_000), 30_000, upfront_fen=upfront)


@pytest.mark.parametrize("monthly", [0, -1])
def test_a_monthly_amount_is_needed(monthly):
    with pytest.raises(MonthlyNeeded):
        offer_on(flat(100_000), monthly)


def test_nothing_owed_is_not_planned():
    with pytest.raises(NothingOwed):
        offer_on(flat(100_000), 10_000, paid=1)


@pytest.mark.parametrize("wrong", [{"upfront_fen": -1}, {"start_on": START + timedelta(days=1)}])
def test_a_callers_mistake_is_a_fault(wrong):
    with pytest.raises(ValueError, match="start"):
        plan_options(one_debt(LOAN, owed_on(LOAN, START)), request(10_000, **wrong), POLICY, FACTS)


@pytest.mark.parametrize(
    ("surplus", "limit"),
    [(None, 91_000), (300_000, 150_000), (100_000, 70_000), (0, None), (-1, None)],
)
def test_fastest_keeps_to_its_own_limit(surplus, limit):
    offer = offer_on(LOAN, 70_000, paid=11, surplus_fen=surplus)
    fastest = [one for one in offer.options if "fastest" in one.choices]
    if limit is None:
        assert not fastest
        return
    (option,) = fastest
    assert option.highest_fen <= limit
    owed = owed_on(LOAN, START, paid=11)
    shorter = option_for(
        LOAN,
        owed,
        request(70_000),
        POLICY,
        FACTS,
        periods=option.periods - 1,
        annual_ppm=LOAN.annual_ppm,
    )
    assert shorter.highest_fen > limit


def test_equal_options_are_shown_once():
    (option,) = offer_on(flat(36_000), 13_000).options
    assert (option.periods, option.choices) == (3, ("best_fit", "lowest", "fastest"))


@pytest.mark.parametrize(
    ("debt", "monthly", "periods"),
    [
        (30_000, 10_000, 3),
        (29_999, 15_000, 2),
        (29_999, 29_999, 1),
        (20_000, 10_000, 2),
        (20_001, 10_001, 2),
    ],
)
def test_fewer_than_three_only_where_three_would_be_too_small(debt, monthly, periods):
    best = next(one for one in offer_on(flat(debt), monthly).options if "best_fit" in one.choices)
    assert best.periods == periods


@pytest.mark.parametrize(("upfront", "most"), [(95_000, "¥900.00"), (90_001, "¥900.00")])
def test_a_rest_below_the_least_names_the_largest_first_payment(upfront, most):
    with pytest.raises(FirstPaymentTooLarge) as refused:
        offer_on(flat(100_000), 50_000, upfront_fen=upfront)
    assert most in refused.value.words
    (option,) = offer_on(flat(100_000), 50_000, upfront_fen=90_000).options
    assert (option.periods, option.highest_fen, option.verdict) == (1, 10_000, "at_once")


def test_where_none_fits_a_longer_plan_is_proposed_at_the_contract_rate_first():
    terms = make_terms(
        principal_fen=5_000_000, annual_ppm=120_000, periods=1, start_on=date(2026, 10, 1)
    )
    (option,) = offer_on(terms, 150_000).options
    assert (option.choices, option.annual_ppm) == (("best_fit",), 120_000)
    assert 37 <= option.periods <= 60
    assert option.verdict == "needs_person"
    (half,) = offer_on(terms, 100_000).options
    assert (half.annual_ppm, half.verdict) == (60_000, "needs_person")
    assert "reduced_rate" in half.reasons
    (zero,) = offer_on(terms, 88_000).options
    assert zero.annual_ppm == 0


def test_where_even_sixty_without_interest_are_too_much_the_smallest_is_told():
    terms = make_terms(
        principal_fen=5_000_000, annual_ppm=120_000, periods=1, start_on=date(2026, 10, 1)
    )
    offer = offer_on(terms, 80_000)
    assert offer.options == ()
    again = offer_on(terms, offer.smallest_fen)
    assert [(one.periods, one.annual_ppm) for one in again.options] == [(60, 0)]
    assert offer_on(terms, offer.smallest_fen - 1).options == ()


def test_where_only_the_least_stands_in_the_way_the_longest_without_interest_is_proposed():
    terms = make_terms(
        principal_fen=300_000,
        annual_ppm=240_000,
        uplift_ppm=0,
        periods=1,
        start_on=date(2026, 10, 1),
    )
    (option,) = offer_on(terms, 10_600).options
    assert (option.annual_ppm, option.choices, option.verdict) == (0, ("best_fit",), "needs_person")
    assert option.highest_fen <= 10_600
    assert option.periods < 37


def test_a_contract_above_the_ceiling_is_planned_at_the_ceiling():
    terms = make_terms(annual_ppm=300_000, periods=12, start_on=date(2026, 5, 18))
    offer = offer_on(terms, 120_000)
    assert {one.annual_ppm for one in offer.options} == {240_000}
    assert all("over_ceiling" in one.reasons for one in offer.options)
    assert all("reduced_rate" not in one.reasons for one in offer.options)


@pytest.mark.parametrize(
    ("debt", "monthly", "asked"),
    [
        (120_000, 10_000, False),
        (120_001, 10_000, True),
        (2_000_000, 500_000, False),
        (2_000_001, 500_000, True),
    ],
)
def test_income_is_asked_for_large_or_long_plans(debt, monthly, asked):
    offer = offer_on(flat(debt), monthly)
    assert offer.income_asked is asked
    assert (
        is_income_asked(
            one_debt(flat(debt), owed_on(flat(debt), START)), request(monthly), POLICY, FACTS
        )
        is asked
    )
    assert all(("income_needed" in one.reasons) is asked for one in offer.options)


@pytest.mark.parametrize("monthly", [100, 9_000, 20_000, 100_000])
@pytest.mark.parametrize("surplus_fen", [None, -1, 0, 1_000_000])
def test_what_is_left_of_income_never_changes_whether_a_plan_fits(monthly, surplus_fen):
    terms, asked = flat(1_200_000), request(monthly, surplus_fen=surplus_fen)
    of = (one_debt(terms, owed_on(terms, START)), asked, POLICY, FACTS)
    assert has_plan(*of) is bool(plan_options(*of).options) is (monthly >= 20_000)


def test_smaller_is_told_only_where_a_smaller_amount_has_a_plan():
    terms = flat(1_200_000)
    least = offer_on(terms, 100).smallest_fen
    for monthly, smaller in ((100, False), (least, False), (100_000, True)):
        assert offer_on(terms, monthly).has_smaller is smaller
    assert offer_on(terms, least + 1).options


def test_a_small_debt_never_asks_for_income():
    terms = flat(15_000)
    assert not is_income_asked(one_debt(terms, owed_on(terms, START)), request(1), POLICY, FACTS)


def test_a_stated_surplus_answers_the_question():
    best = next(
        one
        for one in offer_on(flat(130_000), 10_500, surplus_fen=21_000).options
        if "best_fit" in one.choices
    )
    assert (best.verdict, best.reasons) == ("at_once", ())


def test_a_chosen_plan_that_cannot_be_spread_is_told():
    terms = flat(20_000)
    asked = request(9, upfront_fen=19_980)
    with pytest.raises(ScheduleImpossible):
        option_for(terms, owed_on(terms, START), asked, POLICY, FACTS, periods=36, annual_ppm=0)


def test_the_same_choice_computes_the_same_plan_again():
    asked = request(70_000, pay_day="last", surplus_fen=500_000)
    owed = owed_on(LOAN, START, paid=11)
    for option in plan_options(one_debt(LOAN, owed), asked, POLICY, FACTS).options:
        again = option_for(
            LOAN,
            owed,
            asked,
            POLICY,
            FACTS,
            periods=option.periods,
            annual_ppm=option.annual_ppm,
            choices=option.choices,
        )
        assert again == option


LOANS = st.builds(
    make_terms,
    principal_fen=st.integers(30_000, 20_000_000),
    annual_ppm=st.one_of(st.just(0), st.integers(1, 240_000), st.sampled_from([182_500, 360_000])),
    uplift_ppm=st.sampled_from([0, 300_000, 500_000]),
    day_basis=st.sampled_from([360, 365]),
    periods=st.integers(1, 36),
    method=st.sampled_from(Method),
    start_on=st.dates(date(2023, 1, 1), date(2026, 10, 1)),
)


@settings(max_examples=60, deadline=None)
@given(
    LOANS,
    st.integers(0, 35),
    st.sampled_from([0, 0, 9_900]),
    st.integers(2, 70),
    st.sampled_from([0, 0, 1_000, 50_000]),
    st.one_of(st.none(), st.integers(-1_000, 2_000_000)),
    st.sampled_from([1, 15, 28, "last"]),
)
def test_every_option_is_exact_and_fits(terms, paid, fee, share, upfront, surplus, pay_day):
    owed = owed_on(terms, START, paid=min(paid, terms.periods - 1), fee_fen=fee)
    monthly = owed.payoff_fen // share
    asked = request(monthly, upfront_fen=upfront, surplus_fen=surplus, pay_day=pay_day)
    assume(monthly > 0 and owed.payoff_fen * 7 // 10 > upfront)
    offer = plan_options(one_debt(terms, owed), asked, POLICY, FACTS)
    assert (offer.smallest_fen is None) == bool(offer.options)
    assert offer.smallest_fen is None or offer.smallest_fen > monthly
    for option in offer.options:
        check_exact(option, owed)
        check_fits(option, asked, terms, owed)


def check_exact(option, owed):
    rows = option.instalments
    sums = Components(
        sum(one.fee_fen for one in rows),
        sum(one.penalty_fen for one in rows),
        sum(one.old_interest_fen for one in rows),
        sum(one.principal_fen for one in rows),
    )
    assert sums == option.planned
    assert option.planned.total + option.upfront_fen + option.waived_fen == owed.payoff_fen
    assert option.total_fen == option.upfront_fen + sum(one.amount_fen for one in rows)
    assert option.plan_interest_fen == sum(one.interest_fen for one in rows)
    assert [one.number for one in rows] == list(range(1, option.periods + 1))
    assert all(one.due_on < two.due_on for one, two in itertools.pairwise(rows))
    assert min(min(one[2:]) for one in rows) >= 0
    assert 0 <= option.annual_rate <= Decimal("0.25")


def check_fits(option, asked, terms, owed):
    if option.kind == "settlement":
        return
    assert (
        option.periods == 1
        or min(one.amount_fen for one in option.instalments) >= POLICY.plans.min_instalment_fen
    )
    if option.choices != ("fastest",):
        assert option.highest_fen <= asked.monthly_fen
    if "fastest" in option.choices and asked.surplus_fen is None:
        assert option.highest_fen * 10 <= asked.monthly_fen * 13
    elif "fastest" in option.choices:
        assert asked.surplus_fen > 0
        assert option.highest_fen <= max(asked.monthly_fen, asked.surplus_fen // 2)
    if (
        "best_fit" in option.choices
        and POLICY.plans.min_periods < option.periods <= POLICY.plans.self_service_periods
    ):
        check_fewest(option, asked, terms, owed)


def check_fewest(option, asked, terms, owed):
    """No count a borrower may take that is smaller fits, at the contract's rate."""
    contract = min(terms.annual_ppm, POLICY.amounts.ceiling_ppm)
    for periods in range(
        POLICY.plans.min_periods, option.periods if option.annual_ppm == contract else 0
    ):
        try:
            fewer = option_for(
                terms, owed, asked, POLICY, FACTS, periods=periods, annual_ppm=contract
            )
        except ScheduleImpossible:
            continue
        small = min(one.amount_fen for one in fewer.instalments) < POLICY.plans.min_instalment_fen
        assert small or fewer.highest_fen > asked.monthly_fen
