"""Counter-offers computed beforehand: within whose reach, near what the borrower can pay."""

import random

import pytest

from app.domain.allocation import Components
from app.domain.authority import authority_needed
from app.domain.errors import RuleBroken
from app.domain.kinds.options import plan_options
from app.domain.kinds.starting_points import starting_points
from app.domain.policy import PlanFacts
from tests.domain.examples import POLICY
from tests.domain.kinds.test_stating import asked, debt
from tests.support.random_plans import question
from tests.support.two_engines import debts_in, request_in

AGENT, SUPERVISOR = "agent", "supervisor"


def points(debts, request, highest_fen=0):
    return starting_points(debts, request, POLICY, PlanFacts(), highest_fen=highest_fen)


def test_the_nearest_of_an_agents_is_the_shortest_that_can_be_paid():
    one = debt()
    (near, *_more) = points([one], asked(monthly_fen=80_000, periods=None))
    assert near.level == AGENT
    assert near.option.highest_fen <= 80_000
    shorter = asked(periods=near.option.periods - 1, stated=near.request.stated)
    before = plan_options([one], shorter, POLICY, PlanFacts()).options[0]
    assert before.highest_fen > 80_000
    # all of the penalty, for it is less than an agent may waive
    assert near.option.waived == Components(penalty_fen=one.owed.net.penalty_fen)


def test_where_an_agents_reach_is_not_enough_a_supervisors_is_longer_or_at_a_lower_rate():
    near, lower = points([debt()], asked(monthly_fen=48_000, periods=None))
    assert (near.option.periods, near.level) == (POLICY.authority.agent_periods, AGENT)
    assert lower.level == SUPERVISOR
    assert lower.option.highest_fen <= 48_000 < near.option.highest_fen
    assert lower.concession.interest_fen <= POLICY.authority.supervisor_interest_fen


def test_half_of_what_is_left_is_aimed_at_where_it_is_known():
    near, lower = points([debt()], asked(monthly_fen=80_000, surplus_fen=110_000, periods=None))
    assert lower.option.highest_fen <= 55_000 < near.option.highest_fen


def test_an_own_number_of_instalments_is_measured_by_its_highest():
    near = points([debt()], asked(periods=48), highest_fen=70_000)[0].option
    assert near.highest_fen <= 70_000
    assert near.periods < POLICY.authority.agent_periods


def test_a_sum_of_ones_own_is_answered_by_policys_and_by_one_without_any_principal():
    one = debt(fee_fen=3_000)
    request = asked(kind="settlement", periods=None, pay_on=asked().start_on, sum_fen=500_000)
    own, lower = points([one], request)
    owed = one.owed.net
    assert own.option.waived == Components(penalty_fen=owed.penalty_fen)
    assert own.concession.by_person_fen == 0
    assert lower.option.waived == owed._replace(principal_fen=0)
    assert (own.level, lower.level) == (AGENT, SUPERVISOR)


def test_a_long_deferral_is_answered_by_what_policy_approves_at_once():
    one = debt(paid=7)
    request = asked(kind="deferral", periods=None, months=6, pay_day=None)
    (found,) = points([one], request)
    assert found.request.months == POLICY.kinds.deferral_at_once_months
    assert found.level == AGENT


@pytest.mark.parametrize("kind", ["reamortise", "step_up", "settlement", "deferral"])
def test_every_starting_point_is_within_its_reach_and_can_be_made(kind):
    rng, found = random.Random(f"7 {kind}"), 0
    for _ in range(40):
        wanted = question(kind, rng)
        request = request_in(wanted)
        try:
            debts = debts_in(wanted, POLICY)
        except RuleBroken:
            continue
        if any((one.owed.days_past_due > 0) is (kind == "deferral") for one in debts):
            continue
        for one in points(debts, request, highest_fen=50_000):
            found += 1
            again = plan_options(debts, one.request, POLICY, PlanFacts()).options[0]
            assert again == one.option
            needed = authority_needed(one.concession, periods=again.periods, policy=POLICY)
            assert needed.level == one.level
            assert one.level in {AGENT, SUPERVISOR}
    assert found
