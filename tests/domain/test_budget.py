"""A month told part by part: nothing is guessed, everything that must go out counts."""

import pytest

from app.domain.budget import INCOMES, MOST_PEOPLE, SPENDING, SUM, Budget

TOLD = Budget(
    people=3,
    incomes={"own": 420_000, "partner": 100_000},
    spending={"food": 150_000, "housing": 180_050},
    debts_fen=50_000,
    regular={"LN1": 31_840, "LN2": 1},
)


@pytest.mark.parametrize(
    ("budget", "income", "essential", "surplus"),
    [
        (TOLD, 520_000, 411_891, 108_109),
        (Budget.of_sums(520_000, 300_000), 520_000, 300_000, 220_000),
        (Budget.of_sums(300_000, 300_000), 300_000, 300_000, 0),
        (Budget.of_sums(0, 1), 0, 1, -1),
        (Budget(), None, None, None),
        (Budget(people=2), None, None, None),
        (Budget(incomes={"own": 1}), 1, None, None),
        (Budget(incomes={"own": 1}, spending={"food": 1}), 1, None, None),
        (Budget(incomes={"own": 1}, debts_fen=0), 1, None, None),
        (Budget(spending={"food": 1}, debts_fen=2), None, 3, None),
        (Budget(incomes={}, spending={}, debts_fen=0), 0, 0, 0),
    ],
)
def test_what_is_left_is_known_once_all_of_it_was_told(budget, income, essential, surplus):
    assert (budget.income_fen, budget.essential_fen) == (income, essential)
    assert budget.surplus_fen == surplus


def test_a_part_told_anew_takes_the_place_of_the_one_before():
    found = TOLD.with_part(Budget(incomes={"own": 1}))
    assert (found.incomes, found.spending, found.people) == ({"own": 1}, TOLD.spending, 3)
    assert Budget().with_part(Budget(debts_fen=0, regular={})) == Budget(debts_fen=0, regular={})


@pytest.mark.parametrize(
    "budget",
    [
        Budget(),
        TOLD,
        Budget(people=1),
        Budget(people=MOST_PEOPLE),
        Budget(incomes=dict.fromkeys((*INCOMES, SUM), 0)),
        Budget(spending=dict.fromkeys((*SPENDING, SUM), 0)),
    ],
)
def test_what_a_form_lets_through(budget):
    budget.check()


@pytest.mark.parametrize(
    "budget",
    [
        Budget(people=0),
        Budget(people=MOST_PEOPLE + 1),
        Budget(incomes={"own": -1}),
        Budget(incomes={"salary": 1}),
        Budget(spending={"food": -1}),
        Budget(spending={"own": 1}),
        Budget(debts_fen=-1),
        Budget(regular={"LN1": -1}),
    ],
)
def test_what_no_form_lets_through_is_a_callers_fault(budget):
    with pytest.raises(ValueError, match="form"):
        budget.check()
