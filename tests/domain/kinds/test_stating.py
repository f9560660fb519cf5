"""What a counter-offer states: rates, waivers by component, a later first instalment; whatever is
stated, components sum and limits hold.
"""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.domain.allocation import Components
from app.domain.authority import authority_needed
from app.domain.calendar import add_months, pay_dates
from app.domain.concession import concession_in
from app.domain.errors import RuleBroken
from app.domain.kinds.catch_up import arrears_only
from app.domain.kinds.ground import waiver_of
from app.domain.kinds.options import plan_options
from app.domain.kinds.settlement import SumOutside
from app.domain.kinds.stating import (
    NothingToWaive,
    PutOffOutside,
    RateAboveContract,
    WaiverFixed,
    WaiverOutside,
    contract_ppm_of,
)
from app.domain.plan import OwedLoan, PlanRequest, StatedTerms, summed
from app.domain.policy import PlanFacts
from app.domain.schedule import ScheduleImpossible
from tests.domain.examples import CEILING, POLICY, make_terms, owed_on
from tests.support.random_plans import question
from tests.support.two_engines import debts_in, request_in

START = date(2026, 11, 26)
KINDS = ("reamortise", "step_up", "catch_up", "settlement")


def debt(ref="J1", *, fee_fen=0, paid=4, **terms):
    contract = make_terms(
        **(
            {"principal_fen": 2_000_000, "annual_ppm": 216_000, "periods": 24}
            | {"start_on": date(2026, 4, 10)}
            | terms
        )
    )
    return OwedLoan(ref, contract, owed_on(contract, START, paid=paid, fee_fen=fee_fen))


def asked(**values):
    given = {"monthly_fen": 0, "upfront_fen": 0, "surplus_fen": None, "pay_day": 10}
    return PlanRequest(**(given | {"start_on": START, "periods": 24} | values))


def made(debts, request):
    return plan_options(debts, request, POLICY, PlanFacts()).options[0]


def policys(*debts):
    return summed(waiver_of(one, POLICY) for one in debts)


def stated(*debts, more=None, **values):
    waived = summed([policys(*debts), more or Components()])
    return StatedTerms(waived, **values)


def test_what_states_nothing_beyond_policy_is_the_borrowers_own_plan():
    one = debt()
    own = made([one], asked())
    counter = made([one], asked(stated=stated(one)))
    assert counter == own


def test_each_loan_bears_its_own_stated_rate():
    two = [debt("J1"), debt("J2", annual_ppm=180_000, principal_fen=900_000)]
    rates = {"J1": 162_000, "J2": Fraction(180_001, 2)}
    option = made(two, asked(stated=stated(*two, rates=rates)))
    assert {one.ref: one.annual_ppm for one in option.loans} == rates
    assert option.verdict == "needs_person"
    assert "reduced_rate" in option.reasons


def test_a_loan_whose_rate_is_not_stated_keeps_its_contracts():
    two = [debt("J1"), debt("J2", annual_ppm=180_000)]
    option = made(two, asked(stated=stated(*two, rates={"J2": 0})))
    assert {one.ref: one.annual_ppm for one in option.loans} == {"J1": 216_000, "J2": 0}


@pytest.mark.parametrize("rate", [216_001, -1])
def test_no_rate_is_above_the_contracts_or_below_zero(rate):
    one = debt()
    with pytest.raises(RateAboveContract):
        made([one], asked(stated=stated(one, rates={"J1": rate})))


def test_no_rate_is_above_the_ceiling_where_the_contracts_is():
    one = debt(annual_ppm=360_000)
    assert made([one], asked(stated=stated(one))).annual_ppm == CEILING
    with pytest.raises(RateAboveContract, match="24"):
        made([one], asked(stated=stated(one, rates={"J1": CEILING + 1})))


def test_waivers_by_component_are_shared_in_proportion_and_leave_the_instalments():
    two = [debt("J1", fee_fen=3_000), debt("J2", principal_fen=1_000_000, fee_fen=1_001)]
    more = Components(2_001, 100, 5_000, 10_001)
    option = made(two, asked(stated=stated(*two, more=more)))
    assert option.waived == summed([policys(*two), more])
    fees = {one.ref: one.waived.fee_fen for one in option.loans}
    # 2,001 in proportion to 3,000 and 1,001, rounded down, the odd fen to the longest overdue
    assert sum(fees.values()) == 2_001
    assert fees == {"J1": 1_501, "J2": 500}
    owed = summed(one.owed.net for one in two)
    assert summed([option.planned, option.upfront_parts, option.waived]) == owed


@pytest.mark.parametrize("place", range(4))
def test_a_waiver_is_at_most_what_is_owed_and_at_least_policys(place):
    one = debt(fee_fen=3_000)
    owed, own = one.owed.net, policys(one)
    too_much = own._replace(**{Components._fields[place]: owed[place] + 1})
    with pytest.raises(WaiverOutside):
        made([one], asked(stated=StatedTerms(too_much)))
    assert own.penalty_fen
    with pytest.raises(WaiverOutside):
        made([one], asked(stated=StatedTerms(own._replace(penalty_fen=own.penalty_fen - 1))))


def test_where_a_waiver_can_only_be_one_sum_that_one_is_named():
    nothing_owed = debt(fee_fen=0)
    given = policys(nothing_owed)._replace(fee_fen=1)
    with pytest.raises(WaiverFixed, match="只能") as told:
        made([nothing_owed], asked(stated=StatedTerms(given)))
    assert told.value.values["most"] == "¥0.00"


def test_the_first_instalment_may_be_put_off_by_a_few_pay_days():
    one = debt()
    near, later = (made([one], asked(stated=stated(one, put_off=each))) for each in (0, 2))
    assert near.instalments[0].due_on == date(2026, 12, 10)
    assert later.instalments[0].due_on == date(2027, 2, 10)
    # a standstill costs nobody anything: never more than one month's interest in the first period
    month = round(later.loans[0].planned.principal_fen * 0.216 / 12)
    assert abs(later.instalments[0].interest_fen - month) <= 1
    assert later.annual_rate < near.annual_rate
    for wrong in (-1, 4):
        with pytest.raises(PutOffOutside):
            made([one], asked(stated=stated(one, put_off=wrong)))


def test_what_is_put_off_still_ends_within_the_longest_plan():
    one = debt()
    last = add_months(START, POLICY.plans.max_periods)
    with pytest.raises(RuleBroken):
        made([one], asked(periods=60, stated=stated(one, put_off=3)))
    option = made([one], asked(periods=57, stated=stated(one, put_off=3)))
    assert option.ends_on <= last


def test_a_small_debt_may_be_countered_by_fewer_instalments_than_the_least():
    one = debt(principal_fen=21_000, annual_ppm=120_000, periods=3, paid=1)
    option = made([one], asked(periods=1, stated=stated(one)))
    assert option.periods == 1
    with pytest.raises(RuleBroken):
        made([debt()], asked(periods=2, stated=stated(debt())))


def test_a_counter_to_a_settlement_waives_by_component_down_to_the_least_sum():
    one = debt(fee_fen=3_000)
    owed = one.owed.net
    all_but = owed._replace(principal_fen=owed.principal_fen - 10_000)
    request = asked(kind="settlement", periods=None, pay_on=START)
    option = made([one], replace(request, stated=StatedTerms(all_but)))
    assert (option.total_fen, option.waived) == (10_000, all_but)
    assert option.verdict == "needs_person"
    under = all_but._replace(principal_fen=owed.principal_fen - 9_999)
    with pytest.raises(SumOutside):
        made([one], replace(request, stated=StatedTerms(under)))


def test_a_deferral_takes_a_lower_rate_and_waives_nothing():
    one = debt(paid=8, start_on=date(2026, 4, 10))
    request = asked(kind="deferral", periods=None, months=2, pay_day=None)
    plain = made([one], request)
    lower = made([one], replace(request, stated=StatedTerms(Components(), {"J1": 0})))
    assert lower.plan_interest_fen == 0 < plain.plan_interest_fen
    given = concession_in(lower, [one], request, POLICY)
    assert given.interest_fen == plain.plan_interest_fen
    with pytest.raises(NothingToWaive):
        made([one], replace(request, stated=StatedTerms(Components(principal_fen=1))))


def test_instalments_are_never_left_open():
    one = debt()
    with pytest.raises(ValueError, match="instalments"):
        made([one], asked(periods=None, monthly_fen=50_000, stated=stated(one)))


def test_the_example_of_the_pages_step_up_of_two_loans():
    # 26,480.15 at 21.60 % and 9,507.79 at 18.00 %; 48 instalments of which 6 at 800.00, 16.20 %
    contracts = [(2_648_015, 216_000, "J1"), (950_779, 180_000, "J2")]
    debts = []
    for principal, rate, ref in contracts:
        terms = make_terms(
            principal_fen=principal, annual_ppm=rate, periods=12, start_on=date(2026, 11, 26)
        )
        owed = owed_on(terms, START)
        debts.append(OwedLoan(ref, terms, owed))
    request = asked(
        kind="step_up",
        periods=48,
        low_fen=80_000,
        low_months=6,
        stated=StatedTerms(Components(), {"J1": 162_000, "J2": 162_000}),
    )
    option = made(debts, request)
    given = concession_in(option, debts, request, POLICY)
    assert given.interest_fen == 4_288_28
    amounts = [one.amount_fen for one in option.instalments]
    assert amounts[:6] == [80_000] * 6
    assert option.periods == 48
    needed = authority_needed(given, periods=48, policy=POLICY)
    assert needed.level == "supervisor"


RATE_PARTS = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(3, 4), Fraction(1)])


@st.composite
def counters(draw):
    """Loans of every age with what somebody might state of them."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    kind = draw(st.sampled_from(KINDS))
    wanted = question(kind, rng)
    request, debts = request_in(wanted), []
    try:
        debts = debts_in(wanted, POLICY)
    except RuleBroken:
        assume(False)
    assume(all(one.owed.days_past_due > 0 for one in debts))
    own = policys(*debts)
    owed = summed(arrears_only(one.owed) if kind == "catch_up" else one.owed.net for one in debts)
    if kind == "settlement":
        own = Components(penalty_fen=owed.penalty_fen)
    more = [draw(st.sampled_from([0, 0, left // 3, left])) for left in owed]
    waived = Components(*(max(least, one) for least, one in zip(own, more, strict=True)))
    part = draw(RATE_PARTS)
    rates = {one.ref: int(contract_ppm_of(one, POLICY) * part) for one in debts}
    put_off = draw(st.integers(0, 2)) if kind in {"reamortise", "step_up"} else 0
    periods = None if kind == "settlement" else draw(st.integers(2, 60))
    return debts, replace(
        request,
        sum_fen=None,
        periods=periods,
        stated=StatedTerms(waived, rates, put_off),
    )


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(counters())
def test_whatever_is_stated_components_sum_exactly_and_limits_hold(counter):
    debts, request = counter
    try:
        option = made(debts, request)
    except (RuleBroken, ScheduleImpossible):
        assume(False)
        return
    for one in debts:
        (share,) = (each for each in option.loans if each.ref == one.ref)
        rows = share.instalments
        paid = Components(
            sum(row.fee_fen for row in rows),
            sum(row.penalty_fen for row in rows),
            sum(row.old_interest_fen for row in rows),
            sum(row.principal_fen for row in rows),
        )
        owed = arrears_only(one.owed) if option.kind == "catch_up" else one.owed.net
        assert paid == share.planned
        assert summed([paid, share.upfront, share.waived]) == owed
        assert min(min(row[2:]) for row in rows) >= 0
    assert option.waived == request.stated.waived
    assert option.ends_on <= add_months(request.start_on, POLICY.plans.max_periods)
    if option.kind in {"reamortise", "step_up"}:
        dates = pay_dates(request.start_on, request.pay_day, 60, POLICY.plans.lead_days)
        put_off = request.stated.put_off
        shown = [one.due_on for one in option.instalments]
        assert shown == list(dates[put_off : put_off + option.periods])
    given = concession_in(option, debts, request, POLICY)
    assert given.interest_fen >= 0
    assert given.total_fen == option.waived_fen + given.interest_fen
    unreduced = replace(request, stated=replace(request.stated, rates={}))
    try:
        own = made(debts, unreduced)
    except (RuleBroken, ScheduleImpossible):
        return  # low instalments that would not bear the contract's interest
    more = own.plan_interest_fen - option.plan_interest_fen
    # exactly what the same plan at the contract's rate would bring more, and nothing at that rate
    assert given.interest_fen == max(0, more)
    assert concession_in(own, debts, unreduced, POLICY).interest_fen == 0
