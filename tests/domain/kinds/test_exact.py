"""Whatever is asked for: a plan's components sum to what was planned, and no plan passes its
limits.
"""

import random
from datetime import date

import pytest

from app.domain.allocation import Components
from app.domain.calendar import add_months
from app.domain.errors import RuleBroken
from app.domain.kinds.catch_up import arrears_only
from app.domain.kinds.options import plan_options
from app.domain.plan import summed
from app.domain.policy import PlanFacts
from app.domain.schedule import schedule
from tests.domain.examples import POLICY
from tests.support.random_plans import KINDS, question
from tests.support.two_engines import debts_in, request_in

COUNT = 100


def answered(kind, seed):
    """The questions of a kind that have plans, each with its debts and request."""
    rng = random.Random(f"{seed} {kind}")
    for _ in range(COUNT):
        asked = question(kind, rng)
        request = request_in(asked)
        try:
            debts = debts_in(asked, POLICY)
            if any((one.owed.days_past_due > 0) is (kind == "deferral") for one in debts):
                continue
            offer = plan_options(debts, request, POLICY, PlanFacts())
        except RuleBroken:
            continue
        for option in offer.options:
            yield debts, request, option


def planned_anew(option, debt):
    """What a plan has to bring of a loan, by component."""
    if option.kind == "catch_up":
        return arrears_only(debt.owed)
    if option.kind == "deferral":
        unpaid = schedule(debt.terms)[debt.owed.paid :]
        contract_interest = sum(row.interest_fen for row in unpaid)
        return Components(debt.owed.net.fee_fen, 0, contract_interest, debt.owed.principal_left_fen)
    return debt.owed.net


@pytest.mark.parametrize("kind", KINDS)
def test_every_component_of_every_loan_sums_to_what_was_planned(kind):
    found = 0
    for debts, _request, option in answered(kind, 1):
        found += 1
        for debt in debts:
            (share,) = (one for one in option.loans if one.ref == debt.ref)
            rows = share.instalments
            paid = Components(
                sum(one.fee_fen for one in rows),
                sum(one.penalty_fen for one in rows),
                sum(one.old_interest_fen for one in rows),
                sum(one.principal_fen for one in rows),
            )
            assert paid == share.planned
            assert summed([paid, share.upfront, share.waived]) == planned_anew(option, debt)
            assert min(min(one[2:]) for one in rows) >= 0
        assert option.total_fen == option.upfront_fen + sum(
            one.amount_fen for one in option.instalments
        )
    assert found > COUNT // 20


@pytest.mark.parametrize("kind", KINDS)
def test_no_plan_passes_its_limits(kind):
    for _debts, request, option in answered(kind, 3):
        assert option.ends_on <= add_months(request.start_on, POLICY.plans.max_periods)
        if option.kind in {"deferral", "settlement"}:
            assert option.choices == ()
            continue
        beside = {one.due_on: one.amount_fen for one in option.regular}
        sums = [one.amount_fen + beside.get(one.due_on, 0) for one in option.instalments]
        assert max(sums) == option.highest_fen
        assert option.periods == 1 or min(sums) >= POLICY.plans.min_instalment_fen
        if option.choices and option.choices != ("fastest",):
            assert option.highest_fen <= request.monthly_fen


def test_the_low_instalments_are_the_stated_amount_and_every_later_one_is_above():
    found = 0
    for _debts, request, option in answered("step_up", 4):
        if option.kind == "settlement":
            continue
        found += 1
        amounts = [one.amount_fen for one in option.instalments]
        assert amounts[: request.low_months] == [request.low_fen] * request.low_months
        assert min(amounts[request.low_months :]) > request.low_fen
        assert 2 * request.low_months <= option.periods
    assert found


def test_what_a_settlement_waives_is_what_its_sum_needs():
    for debts, request, option in answered("settlement", 5):
        owed = summed(one.owed.net for one in debts)
        assert option.total_fen + option.waived_fen == owed.total
        if request.sum_fen is None:
            assert option.waived == Components(penalty_fen=owed.penalty_fen)
        else:
            assert option.total_fen == request.sum_fen
            assert option.verdict == "needs_person"


def test_a_deferral_moves_every_date_by_its_months_and_no_fen_of_the_contract():
    for debts, request, option in answered("deferral", 6):
        terms = debts[0].terms
        unpaid = schedule(terms)[debts[0].owed.paid :]
        moved = option.instalments[-len(unpaid) :]
        day = terms.due_day or terms.start_on.day
        assert [one.due_on for one in moved] == [
            add_months(terms.start_on, row.number + request.months, day) for row in unpaid
        ]
        assert [(one.principal_fen, one.old_interest_fen) for one in moved] == [
            (row.principal_fen, row.interest_fen) for row in unpaid
        ]
        assert (len(option.instalments) > len(unpaid)) is (request.way == "monthly")
        assert isinstance(option.ends_on, date)
