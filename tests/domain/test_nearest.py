"""The plan nearest to a refused one that policy approves at once: a table and properties."""

import random
from dataclasses import replace
from datetime import date

import pytest

from app.domain.errors import RuleBroken
from app.domain.kinds.options import plan_options
from app.domain.nearest import STEP_FEN, nearest_plans
from app.domain.plan import PlanRequest, days_to_choose
from app.domain.policy import PlanFacts
from tests.domain.examples import POLICY, make_terms, owed_on
from tests.support.plans import one_debt
from tests.support.random_plans import KINDS, question
from tests.support.two_engines import debts_in, request_in

START = date(2026, 11, 20)
# ¥60,000.00 at 15.6 % over 36, eleven paid: three instalments are overdue at the start
LOAN = make_terms(
    principal_fen=6_000_000, annual_ppm=156_000, periods=36, start_on=date(2025, 9, 18)
)
EVERY_KIND = ("settlement", *KINDS)
MARKS = (
    PlanFacts(broken_plan=True),
    PlanFacts(discrepancy=True),
    PlanFacts(dispute=True),
    PlanFacts(over_ceiling=True),
    PlanFacts(legal_mark=True),
    PlanFacts(hold_ended_lately=True),
    PlanFacts(file_age_days=POLICY.amounts.file_stale_days + 1),
)


def asked_for(monthly, **overrides):
    values = {
        "monthly_fen": monthly,
        "upfront_fen": 0,
        "surplus_fen": None,
        "pay_day": 10,
        "start_on": START,
    }
    return PlanRequest(**(values | overrides))


def debts_of(terms=LOAN, *, paid=11, start_on=START):
    return one_debt(terms, owed_on(terms, start_on, paid=paid))


def told(found):
    """A plan as people read it."""
    return (
        found.option.kind,
        found.request.upfront_fen,
        found.option.periods,
        found.option.highest_fen,
    )


# Worked out by the count and the first payment just beside each: one more instalment, or one yuan
# less at first, and a person would have to decide.
@pytest.mark.parametrize(
    ("request_", "facts", "expected"),
    [
        # so many instalments need a person: the most that do not, at the first payment asked
        (asked_for(100_000, surplus_fen=1_000_000), PlanFacts(), ("reamortise", 0, 24, 224_606)),
        # half of ¥7,000 is below what was asked: the next count whose instalments fit it
        (asked_for(400_000, surplus_fen=700_000), PlanFacts(), ("reamortise", 0, 15, 340_540)),
        # half of ¥3,000 carries no 24 instalments: the least first payment that makes it
        (
            asked_for(100_000, surplus_fen=300_000),
            PlanFacts(),
            ("reamortise", 1_555_200, 24, 149_996),
        ),
        # income that was not told is not asked below ¥20,000 and for up to 12 months' worth
        (asked_for(100_000), PlanFacts(), ("reamortise", 2_630_700, 13, 168_203)),
        # with the other plans it is above ¥50,000: so much is paid first that it is not
        (
            asked_for(400_000, surplus_fen=1_000_000),
            PlanFacts(other_planned_fen=1_000_000),
            ("reamortise", 630_700, 11, 392_605),
        ),
        # the low months stay as they were asked for
        (
            asked_for(
                100_000, surplus_fen=1_000_000, kind="step_up", low_fen=100_000, low_months=3
            ),
            PlanFacts(),
            ("step_up", 0, 24, 244_053),
        ),
        (
            asked_for(100_000, surplus_fen=1_000_000, kind="catch_up"),
            PlanFacts(),
            ("catch_up", 0, 12, 262_775),
        ),
    ],
)
def test_the_plan_nearest_to_what_was_asked(request_, facts, expected):
    found, *_others = nearest_plans(debts_of(), request_, POLICY, facts, EVERY_KIND)
    assert told(found) == expected


def test_it_is_the_best_fit_where_policy_would_approve_what_was_asked():
    asked = asked_for(400_000, surplus_fen=1_000_000)
    (best,) = (
        one
        for one in plan_options(debts_of(), asked, POLICY, PlanFacts()).options
        if "best_fit" in one.choices
    )
    found, *_others = nearest_plans(debts_of(), asked, POLICY, PlanFacts())
    assert (found.choice, found.option.loans) == ("best_fit", best.loans)


def test_an_own_sum_leads_to_policys_own():
    day = days_to_choose(POLICY, START)[3]
    asked = asked_for(0, kind="settlement", sum_fen=2_000_000, pay_on=day)
    found, *_others = nearest_plans(debts_of(), asked, POLICY, PlanFacts())
    assert found.option.kind == "settlement"
    assert found.option.total_fen == debts_of()[0].owed.payoff_fen - found.option.waived_fen
    assert found.option.ends_on == day


def test_a_day_that_is_past_gives_way_to_the_last_that_can_be_chosen():
    asked = asked_for(0, kind="settlement", sum_fen=2_000_000, pay_on=START)
    found, *_others = nearest_plans(debts_of(), asked, POLICY, PlanFacts())
    assert found.option.ends_on == days_to_choose(POLICY, START)[-1]


def test_a_deferral_too_long_leads_to_the_longest_policy_approves():
    terms = make_terms(periods=24, start_on=date(2025, 11, 25))
    asked = asked_for(0, kind="deferral", months=6, pay_day=None)
    debts = debts_of(terms, paid=11)
    (found,) = nearest_plans(debts, asked, POLICY, PlanFacts(), ("deferral",))
    assert found.request.months == POLICY.kinds.deferral_at_once_months


def test_one_payment_settles_a_small_debt_whatever_was_asked():
    terms = make_terms(principal_fen=15_000, periods=1, start_on=date(2026, 9, 1))
    found = nearest_plans(debts_of(terms, paid=0), asked_for(5_000), POLICY, PlanFacts())
    assert [one.option.kind for one in found] == ["settlement"]


def test_a_debt_too_small_for_the_usual_least_count_has_a_plan():
    terms = make_terms(principal_fen=25_000, periods=1, start_on=date(2026, 10, 1))
    found, *_others = nearest_plans(debts_of(terms, paid=0), asked_for(15_000), POLICY, PlanFacts())
    assert found.option.periods == 2


def test_a_first_payment_that_no_longer_fits_is_left_aside():
    asked = asked_for(400_000, upfront_fen=5_000_000, surplus_fen=1_000_000)
    found, *_others = nearest_plans(debts_of(), asked, POLICY, PlanFacts())
    assert found.request.upfront_fen == 0


def test_one_payment_of_everything_comes_last():
    found = nearest_plans(
        debts_of(), asked_for(100_000, surplus_fen=300_000), POLICY, PlanFacts(), EVERY_KIND
    )
    assert found[0].option.kind == "reamortise"
    assert found[-1].option.kind == "settlement"


@pytest.mark.parametrize("facts", MARKS)
def test_what_only_a_person_may_judge_has_no_such_plan(facts):
    asked = asked_for(400_000, surplus_fen=1_000_000)
    assert nearest_plans(debts_of(), asked, POLICY, facts, EVERY_KIND) == ()


@pytest.mark.parametrize("surplus_fen", [0, -50_000])
def test_who_has_nothing_left_is_told_no_plan(surplus_fen):
    asked = asked_for(400_000, surplus_fen=surplus_fen)
    assert nearest_plans(debts_of(), asked, POLICY, PlanFacts(), EVERY_KIND) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_was_asked_the_plan_found_is_the_one_its_request_leads_to_and_is_at_once(kind):
    rng, count = random.Random(f"nearest {kind}"), 0
    while count < 4:
        asked = question(kind, rng)
        request, debts = request_in(asked), _debts(asked, kind)
        if debts is None:
            continue
        for found in nearest_plans(debts, request, POLICY, PlanFacts(), [kind]):
            count += 1
            offer = plan_options(debts, found.request, POLICY, PlanFacts())
            assert found.option in offer.options
            assert found.choice in found.option.names
            assert (found.option.verdict, found.option.reasons) == ("at_once", ())
            assert (found.request.pay_day, found.request.surplus_fen, found.request.start_on) == (
                request.pay_day,
                request.surplus_fen,
                request.start_on,
            )


def test_with_one_yuan_less_at_first_a_person_would_have_to_decide():
    rng, count = random.Random("first payment"), 0
    for _ in range(40):
        asked = question("reamortise", rng)
        request, debts = request_in(asked), _debts(asked, "reamortise")
        if debts is None:
            continue
        for found in nearest_plans(debts, request, POLICY, PlanFacts(), ["reamortise"]):
            if found.request.upfront_fen <= request.upfront_fen:
                continue
            count += 1
            less = replace(request, upfront_fen=found.request.upfront_fen - STEP_FEN)
            assert not _some_count_at_once(debts, less)
    assert count > 3


def _debts(asked, kind):
    try:
        debts = debts_in(asked, POLICY)
    except RuleBroken:
        return None
    is_due = [one.owed.days_past_due > 0 for one in debts]
    return None if any(due is (kind == "deferral") for due in is_due) else debts


def _some_count_at_once(debts, request):
    for periods in range(3, POLICY.plans.at_once_periods + 1):
        try:
            own = replace(request, periods=periods, monthly_fen=0)
            (option,) = plan_options(debts, own, POLICY, PlanFacts()).options
        except RuleBroken:
            continue
        if option.verdict == "at_once":
            return True
    return False
