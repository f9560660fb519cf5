"""What another policy would have said of a plan that was judged: a table of cases."""

from dataclasses import replace

import pytest

from app.domain.policy import PlanFacts, judge, verdict
from app.domain.policy_numbers import with_numbers
from app.domain.policy_trial import (
    JudgedPlan,
    Tally,
    is_at_once,
    lacks_income,
    tally,
    waived_fen,
)
from tests.domain.examples import POLICY

FACTS = PlanFacts(
    planned_fen=1_200_000,
    periods=12,
    highest_fen=110_000,
    lowest_fen=100_000,
    plan_ppm=120_000,
    contract_ppm=120_000,
)


def judged(facts=FACTS, *, policy=POLICY, monthly_fen=130_000, penalty_fen=10_001, days=45):
    rules = judge(policy, facts)
    return JudgedPlan(
        version_id=1,
        kind=facts.kind,
        planned_fen=facts.planned_fen,
        asked_monthly_fen=monthly_fen,
        highest_fen=facts.highest_fen,
        penalty_fen=penalty_fen,
        days_past_due=days,
        found={one.rule: (one.held, one.value) for one in rules},
    )


def under(**numbers):
    return with_numbers(POLICY, numbers, version="next")


TOLD = {"income_asked": True, "planned_fen": 2_500_000}
DEFERRED = {"kind": "deferral", "months": 4}


@pytest.mark.parametrize(
    ("facts", "numbers", "before", "after"),
    [
        ({}, {}, True, True),
        ({"other_planned_fen": 3_900_000}, {"at_once_total_fen": 5_100_000}, False, True),
        ({"other_planned_fen": 3_900_000}, {"at_once_total_fen": 5_099_999}, False, False),
        ({}, {"at_once_total_fen": 1_199_999}, True, False),
        ({"periods": 30}, {"at_once_periods": 30}, False, True),
        ({"periods": 30}, {"at_once_periods": 29}, False, False),
        ({}, {"self_service_periods": 11}, True, False),
        ({"lowest_fen": 9_999}, {"min_instalment_fen": 9_999}, False, True),
        ({}, {"min_instalment_fen": 100_001}, True, False),
        ({"periods": 1}, {"min_instalment_fen": 100_001}, True, True),
        ({"file_age_days": 4}, {"file_stale_days": 4}, False, True),
        ({"discrepancy": True}, {"at_once_total_fen": 9_900_000}, False, False),
        (DEFERRED, {"deferral_at_once_months": 4}, False, True),
        ({**DEFERRED, "months": 3}, {"deferral_at_once_months": 2}, True, False),
        (TOLD | {"surplus_fen": 220_000}, {"surplus_share_ppm": 499_000}, True, False),
        (TOLD | {"surplus_fen": 200_000}, {"surplus_share_ppm": 550_000}, False, True),
        (TOLD | {"surplus_fen": 200_000}, {"surplus_share_ppm": 549_000}, False, False),
        (TOLD | {"surplus_fen": 0}, {"surplus_share_ppm": 1_000_000}, False, False),
        (TOLD, {"at_once_periods": 30}, False, False),
        (TOLD, {"income_asked_over_fen": 2_500_000, "income_asked_months": 20}, False, True),
        ({}, {"income_asked_over_fen": 1_000_000}, True, False),
    ],
)
def test_a_plan_under_other_numbers(facts, numbers, before, after):
    plan = judged(replace(FACTS, **facts))
    assert is_at_once(POLICY, plan) is before
    assert is_at_once(under(**numbers), plan) is after


@pytest.mark.parametrize("mark", ["discrepancy", "dispute", "over_ceiling", "broken_plan"])
@pytest.mark.parametrize("surplus_fen", [None, 100_000, 219_999, 220_000, 400_000])
@pytest.mark.parametrize("is_marked", [True, False])
def test_under_the_policy_that_judged_it_says_what_the_verdict_said(mark, surplus_fen, is_marked):
    facts = replace(FACTS, **TOLD, surplus_fen=surplus_fen, **{mark: is_marked})
    said = verdict(judge(POLICY, facts))[0] == "at_once"
    assert is_at_once(POLICY, judged(facts)) is said


def test_income_that_nobody_asked_for_is_counted_as_not_known():
    asks = under(income_asked_over_fen=1_000_000)
    assert lacks_income(asks, judged())
    assert not lacks_income(POLICY, judged())
    assert not lacks_income(asks, judged(replace(FACTS, dispute=True)))
    assert tally(asks, [judged()]) == Tally(0, 1, 1, 0)


@pytest.mark.parametrize(
    ("kind", "days", "numbers", "waived"),
    [
        ("reamortise", 45, {}, 3_000),  # 30 % of ¥100.01
        ("reamortise", 45, {"waiver_penalty_ppm": 350_000}, 3_500),
        ("reamortise", 29, {}, 0),
        ("reamortise", 29, {"waiver_from_days": 29}, 3_000),
        ("settlement", 5, {}, 10_001),
        ("settlement", 5, {"settlement_waiver_penalty_ppm": 500_000}, 5_001),  # half up
        ("deferral", 45, {}, 0),
    ],
)
def test_what_the_policy_waives_by_itself(kind, days, numbers, waived):
    plan = judged(replace(FACTS, kind=kind, months=1), days=days)
    assert waived_fen(under(**numbers), plan) == waived


def test_only_what_is_agreed_at_once_counts_as_waived():
    plans = [judged(), judged(replace(FACTS, dispute=True))]
    assert tally(POLICY, plans) == Tally(at_once=1, to_people=1, unasked=0, waived_fen=3_000)
