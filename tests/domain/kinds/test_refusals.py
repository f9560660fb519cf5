"""What each kind refuses, by code, and what the refusal names."""

from datetime import date

import pytest

from app.domain.errors import RuleBroken
from app.domain.kinds.options import plan_options
from app.domain.kinds.spreading import share
from app.domain.loan import Method
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.policy import PlanFacts, facts_together
from tests.domain.examples import POLICY, make_terms, owed_on

START = date(2026, 11, 20)
# ¥12,000.00 at 15.6 % over 24, due on the 18th; fourteen are due by the start.
TERMS = make_terms(annual_ppm=156_000, periods=24, start_on=date(2025, 9, 18))
SHORT = make_terms(annual_ppm=156_000, periods=4, start_on=date(2026, 9, 18))


def debt(terms=TERMS, paid=11, ref="JJ1"):
    return OwedLoan(ref, terms, owed_on(terms, START, paid=paid))


def asked(kind, **values):
    usual = {
        "monthly_fen": 0,
        "upfront_fen": 0,
        "surplus_fen": None,
        "pay_day": 10 if kind in {"reamortise", "step_up"} else None,
        "start_on": START,
        "kind": kind,
    }
    return PlanRequest(**(usual | values))


LOW = {"low_fen": 20_000, "low_months": 3}
LATE = make_terms(annual_ppm=156_000, periods=24, start_on=date(2025, 2, 18))
BULLET = make_terms(
    annual_ppm=156_000, periods=4, start_on=date(2026, 8, 18), method=Method.INTEREST_FIRST
)

CASES = [
    ("reamortise", {"periods": 2}, "periods_outside", "3", [debt()]),
    ("reamortise", {"periods": 61}, "periods_outside", "60", [debt()]),
    # on the 25th the sixtieth date lies past sixty months
    ("reamortise", {"periods": 60, "pay_day": 25}, "periods_outside", "59", [debt()]),
    ("reamortise", {"periods": 60, "upfront_fen": 700_000}, "first_payment_too_large", "1", None),
    ("step_up", LOW | {"monthly_fen": 20_000}, "monthly_not_above_low", "", None),
    ("step_up", LOW, "monthly_needed", "", None),
    ("step_up", LOW | {"low_months": 13, "monthly_fen": 70_000}, "low_months_outside", "12", None),
    ("step_up", LOW | {"low_months": 0, "monthly_fen": 70_000}, "low_months_outside", "12", None),
    # a month's interest on ¥6,958.81 at 15.6 % is 90.46: the least instalment is more
    ("step_up", LOW | {"low_fen": 9_999, "monthly_fen": 70_000}, "low_too_small", "¥100.00", None),
    ("step_up", LOW | {"low_fen": 400_000, "monthly_fen": 500_000}, "low_too_large", "", None),
    ("step_up", LOW | {"periods": 5}, "periods_outside", "6", None),
    ("deferral", {"months": 0}, "months_outside", "6", [debt(paid=14)]),
    ("deferral", {"months": 7}, "months_outside", "6", [debt(paid=14)]),
    ("deferral", {"months": 5}, "months_outside", "4", [debt(SHORT, paid=2)]),
    ("deferral", {"months": 1}, "one_loan_only", "", [debt(paid=14), debt(paid=14, ref="JJ2")]),
    ("catch_up", {"periods": 13}, "periods_outside", "10", None),
    ("catch_up", {"periods": 1}, "periods_outside", "2", None),
    ("catch_up", {"monthly_fen": 90_000}, "catch_up_too_late", "90", [debt(LATE, paid=11)]),
    ("catch_up", {"monthly_fen": 90_000}, "catch_up_too_late", "", [debt(BULLET, paid=1)]),
    ("catch_up", {}, "monthly_needed", "", None),
    ("settlement", {"pay_on": date(2026, 11, 19)}, "pay_date_outside", "", None),
    ("settlement", {"pay_on": date(2026, 12, 21)}, "pay_date_outside", "", None),
    (
        "reamortise",
        {"monthly_fen": 1},
        "too_many_loans",
        "10",
        [debt(ref=f"J{n}") for n in range(11)],
    ),
]


@pytest.mark.parametrize(("kind", "values", "code", "named", "debts"), CASES)
def test_a_refusal_has_its_code_and_names_what_would_do(kind, values, code, named, debts):
    with pytest.raises(RuleBroken) as refused:
        plan_options(debts or [debt()], asked(kind, **values), POLICY, PlanFacts())
    assert refused.value.code == code
    assert named in refused.value.words
    assert "%(" not in refused.value.words


def test_ten_loans_go_into_one_plan():
    ten = [debt(ref=f"J{number}") for number in range(10)]
    options = plan_options(ten, asked("reamortise", periods=24), POLICY, PlanFacts()).options
    one = plan_options([debt()], asked("reamortise", periods=24), POLICY, PlanFacts()).options
    assert options[0].total_fen == 10 * one[0].total_fen
    assert options[0].annual_rate == one[0].annual_rate
    # the limits count them together
    assert "total_above_limit" in options[0].reasons


def test_a_mark_on_any_loan_sends_the_whole_plan_to_a_person():
    together = facts_together([PlanFacts(), PlanFacts(dispute=True, file_age_days=2)])
    assert (together.dispute, together.file_age_days, together.discrepancy) == (True, 2, False)


@pytest.mark.parametrize(
    ("fen", "weights", "limits", "shares"),
    [
        (100, [1, 1, 1], [100, 100, 100], [34, 33, 33]),
        (101, [1, 1, 1], [100, 100, 100], [35, 33, 33]),
        # no more than its limit, the rest to the next
        (101, [1, 1, 1], [34, 100, 100], [34, 34, 33]),
        (5, [0, 7], None, [0, 5]),
        (0, [0, 0], None, [0, 0]),
    ],
)
def test_odd_fen_go_to_the_longest_overdue(fen, weights, limits, shares):
    assert share(fen, weights, limits) == shares


def test_more_than_the_limits_is_no_share():
    with pytest.raises(ValueError, match="shared"):
        share(3, [1, 1])
