"""The default policy, its rules one by one, and who may propose."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from app.domain.affordability import affordability_of
from app.domain.plan_changes import PlanChange
from app.domain.policy import (
    VERDICT_REASONS,
    PlanFacts,
    Policy,
    faulty_keys,
    group_of,
    is_above_target,
    judge,
    target_fen,
    verdict,
)
from app.domain.proposing import (
    AlreadyOpen,
    LoanMissing,
    MayNotPropose,
    NothingOwed,
    NotOverdue,
    TimeBarred,
    may_propose,
)
from tests.domain.examples import POLICY, POLICY_VALUES, bullet, owed_on

LAST_DUE = date(2026, 3, 1)
GOOD = PlanFacts(
    planned_fen=1_000_000,
    periods=12,
    highest_fen=90_000,
    lowest_fen=80_000,
    plan_ppm=180_000,
    contract_ppm=180_000,
)


def test_the_default_policy_is_the_written_one():
    assert POLICY.version == "2026-11-01.2"
    assert (
        POLICY.amounts.ceiling_ppm,
        POLICY.plans.min_instalment_fen,
        POLICY.plans.small_debt_fen,
    ) == (
        240_000,
        10_000,
        20_000,
    )
    assert (
        POLICY.plans.min_periods,
        POLICY.plans.self_service_periods,
        POLICY.plans.max_periods,
    ) == (3, 36, 60)
    assert (POLICY.plans.at_once_total_fen, POLICY.plans.at_once_periods) == (5_000_000, 24)
    assert (POLICY.plans.waiver_penalty_ppm, POLICY.plans.waiver_from_days) == (300_000, 30)
    assert (POLICY.contact.quiet_from_hour, POLICY.contact.quiet_until_hour) == (22, 8)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ceiling_ppm": None}, "ceiling_ppm"),
        ({"ceiling_ppm": 0.24}, "ceiling_ppm"),
        ({"ceiling_ppm": True}, "ceiling_ppm"),
        ({"offer_days": -1}, "offer_days"),
        ({"version": 3}, "version"),
    ],
)
def test_values_at_fault_are_named(change, named):
    with pytest.raises(ValueError, match=named):
        Policy.from_values(POLICY_VALUES | change)


def test_the_values_of_a_later_release_are_left_aside():
    assert Policy.from_values(POLICY_VALUES | {"surprise": 1}) == Policy.from_values(POLICY_VALUES)


def test_a_missing_value_is_named():
    with pytest.raises(ValueError, match="cure_days"):
        Policy.from_values(
            {key: value for key, value in POLICY_VALUES.items() if key != "cure_days"}
        )


def test_a_plan_within_every_rule_is_approved_at_once():
    results = judge(POLICY, GOOD)
    assert all(one.held for one in results)
    assert verdict(results) == ("at_once", ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"planned_fen": 5_000_001}, "total_above_limit"),
        ({"other_planned_fen": 4_000_001}, "total_above_limit"),
        ({"periods": 25}, "too_many_instalments"),
        ({"lowest_fen": 9_999}, "instalment_too_small"),
        ({"plan_ppm": 90_000}, "reduced_rate"),
        ({"broken_plan": True}, "broken_plan"),
        ({"discrepancy": True}, "discrepancy"),
        ({"over_ceiling": True}, "over_ceiling"),
        ({"dispute": True}, "dispute"),
        ({"legal_mark": True}, "legal_mark"),
        ({"file_age_days": 4}, "file_stale"),
        ({"hold_ended_lately": True}, "hold_repeated"),
        ({"income_asked": True}, "income_needed"),
        ({"income_asked": True, "surplus_fen": 179_999}, "above_half_surplus"),
        ({"income_asked": True, "surplus_fen": -1}, "above_half_surplus"),
    ],
)
def test_each_rule_by_itself_sends_the_plan_to_a_person(change, reason):
    assert verdict(judge(POLICY, replace(GOOD, **change))) == ("needs_person", (reason,))


@pytest.mark.parametrize(
    "change",
    [
        {"planned_fen": 5_000_000},
        {"other_planned_fen": 4_000_000},
        {"periods": 24},
        {"lowest_fen": 10_000},
        {"periods": 1, "lowest_fen": 5_000},
        {"kind": "settlement", "lowest_fen": 5_000, "income_asked": True},
        {"file_age_days": 3},
        {"income_asked": True, "surplus_fen": 180_000},
        {"surplus_fen": 1},
    ],
)
def test_the_edge_of_each_rule_still_holds(change):
    assert verdict(judge(POLICY, replace(GOOD, **change))) == ("at_once", ())


def test_every_reason_is_told_where_several_rules_break():
    results = judge(POLICY, replace(GOOD, periods=40, dispute=True))
    assert verdict(results)[1] == ("too_many_instalments", "beyond_self_service", "dispute")


def test_every_rule_judged_has_a_reason_code():
    kinds = [
        judge(POLICY, replace(GOOD, kind=kind, income_asked=True, surplus_fen=1))
        for kind in ("reamortise", "deferral", "settlement")
    ]
    kinds.append(judge(POLICY, replace(GOOD, changes=PlanChange())))
    assert {one.rule for told in kinds for one in told} == set(VERDICT_REASONS)
    assert all(one.value for told in kinds for one in told)


def overdue(as_of=date(2026, 3, 31), paid=0):
    return owed_on(bullet(), as_of, paid=paid)


def test_an_overdue_loan_may_be_planned():
    may_propose(POLICY, PlanFacts(), overdue(), LAST_DUE)


@pytest.mark.parametrize(
    ("facts", "owed", "refusal", "code"),
    [
        (PlanFacts(missing=True), overdue(), LoanMissing, "missing"),
        (PlanFacts(has_open_plan=True), overdue(), AlreadyOpen, "already_open"),
        (PlanFacts(), overdue(paid=1), NothingOwed, "nothing_owed"),
        (PlanFacts(), overdue(date(2026, 3, 1)), NotOverdue, "not_overdue"),
        (PlanFacts(), overdue(date(2029, 3, 2)), TimeBarred, "time_barred"),
        (
            PlanFacts(last_touch_on=date(2027, 1, 1)),
            overdue(date(2030, 1, 2)),
            TimeBarred,
            "time_barred",
        ),
    ],
)
def test_a_refusal_has_its_code_and_words(facts, owed, refusal, code):
    with pytest.raises(refusal) as refused:
        may_propose(POLICY, facts, owed, LAST_DUE)
    assert isinstance(refused.value, MayNotPropose)
    assert refused.value.code == code
    assert len(refused.value.message) > 10


@pytest.mark.parametrize(
    ("touch", "as_of"),
    [(None, date(2029, 3, 1)), (date(2027, 1, 1), date(2030, 1, 1)), (date(2020, 1, 1), LAST_DUE)],
)
def test_limitation_runs_three_years_from_the_last_due_date_or_contact(touch, as_of):
    may_propose(
        POLICY, PlanFacts(last_touch_on=touch), overdue(max(as_of, date(2026, 3, 2))), LAST_DUE
    )


@pytest.mark.parametrize(
    ("income", "essential", "instalment", "warned"),
    [
        (520_000, 300_000, 110_000, False),  # exactly half
        (520_000, 300_000, 110_001, True),  # a fen more
        (520_000, 300_000, 50_000, False),
        (520_000, 300_000, 220_000, True),  # all of it
        (300_000, 300_000, 10_000, True),  # nothing left
        (200_000, 300_000, 10_000, True),  # less than nothing
        (300_001, 300_000, 1, True),  # half of a fen
        (300_002, 300_000, 1, False),
        (0, 0, 10_000, True),
        (1_000_000, 0, 500_000, False),
    ],
)
def test_a_plan_that_takes_more_than_half_of_what_is_left_is_warned_of(
    income, essential, instalment, warned
):
    assert (
        is_above_target(POLICY, surplus_fen=income - essential, instalment_fen=instalment) is warned
    )


def test_the_verdict_names_the_share_never_the_income():
    told = judge(POLICY, replace(GOOD, income_asked=True, surplus_fen=360_000, highest_fen=90_000))
    assert dict((one.rule, one.value) for one in told)["within_half_surplus"] == "25.0%"
    none_left = judge(POLICY, replace(GOOD, income_asked=True, surplus_fen=0))
    assert none_left[-1].value == "nothing_left"


@pytest.mark.parametrize(
    ("instalment", "held", "share"), [(100_000, True, "50.0%"), (100_001, False, "50.1%")]
)
def test_a_share_above_half_never_reads_as_half(instalment, held, share):
    told = judge(
        POLICY, replace(GOOD, income_asked=True, surplus_fen=200_000, highest_fen=instalment)
    )
    assert (told[-1].held, told[-1].value) == (held, share)
    fit = affordability_of(POLICY, income_fen=300_000, essential_fen=100_000, plan_fen=instalment)
    assert (fit.is_within_target, fit.share) == (held, share)  # one ratio, one figure


@pytest.mark.parametrize(("surplus", "target"), [(220_001, 110_000), (0, 0), (-5, 0)])
def test_the_target_is_half_of_the_surplus(surplus, target):
    assert target_fen(POLICY, surplus) == target


def test_a_key_new_in_a_release_takes_its_default_where_a_version_lacks_it():
    @dataclass(frozen=True)
    class Group:
        old_days: int
        new_days: int = 7

    assert group_of(Group, {"old_days": 1}) == Group(1, 7)
    assert group_of(Group, {"old_days": 1, "new_days": 9, "other": 2}) == Group(1, 9)
    assert not faulty_keys(Group, {"old_days": 1})
    assert faulty_keys(Group, {"new_days": -1}) == ["old_days", "new_days"]
