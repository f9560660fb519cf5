"""Which kinds stand first for what a borrower says, which are a tap away, which cannot be had."""

from datetime import date

import pytest

from app.domain.kinds.catch_up import ArrearsTooSmall, CatchUpTooLate
from app.domain.kinds.ground import OneLoanOnly
from app.domain.kinds.options import plan_options
from app.domain.loan import Method
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.policy import PlanFacts
from app.domain.proposing import AlreadyOverdue, NotOverdue
from app.domain.ways import EASES, KINDS, MOST_AT_ONCE, TooLittleToStep, ways_for
from tests.domain.examples import POLICY, make_terms, owed_on

TODAY = date(2026, 11, 23)


def debt(*, ref="LN1", paid=8, as_of=TODAY, **terms):
    """Two instalments past due: 48 days."""
    found = make_terms(**({"periods": 24, "start_on": date(2026, 1, 6)} | terms))
    return OwedLoan(ref, found, owed_on(found, as_of, paid=paid))


LATE = debt()
EARLY = debt(paid=10)
LONG_LATE = debt(paid=5)
NEARLY_OVER = debt(periods=11, paid=9)
TINY = debt(principal_fen=36_000, periods=3, paid=1, start_on=date(2026, 8, 6))
SMALL_ARREARS = debt(principal_fen=30_000, annual_ppm=0, periods=60, paid=9)
SECOND = debt(ref="LN2", paid=9)


def ways(ease, *debts):
    return ways_for(ease, debts, POLICY, PlanFacts(), today=TODAY)


def test_the_examples_are_what_they_are_called():
    days = {
        "late": LATE.owed.days_past_due,
        "early": EARLY.owed.days_past_due,
        "long": LONG_LATE.owed.days_past_due,
    }
    assert days == {"late": 48, "early": 0, "long": 140}


@pytest.mark.parametrize(
    ("ease", "debts", "first", "others"),
    [
        ("already", (LATE,), ["catch_up", "reamortise"], ["step_up", "settlement"]),
        ("in_months", (LATE,), ["step_up", "reamortise"], ["catch_up", "settlement"]),
        ("unknown", (LATE,), ["reamortise", "step_up"], ["catch_up", "settlement"]),
        ("sum_at_hand", (LATE,), ["settlement", "reamortise"], ["step_up", "catch_up"]),
        ("not_behind", (LATE,), ["reamortise"], ["step_up", "catch_up", "settlement"]),
        (None, (LATE,), ["reamortise", "step_up"], ["catch_up", "settlement"]),
        ("already", (LONG_LATE,), ["reamortise"], ["step_up", "settlement"]),
        ("already", (NEARLY_OVER,), ["reamortise"], ["step_up", "settlement"]),
        ("already", (LATE, SECOND), ["reamortise"], ["step_up", "settlement"]),
        ("in_months", (LATE, SECOND), ["step_up", "reamortise"], ["settlement"]),
        ("already", (EARLY,), ["deferral"], []),
        ("in_months", (EARLY,), ["deferral"], []),
        ("sum_at_hand", (EARLY,), ["deferral"], []),
        ("not_behind", (EARLY,), ["deferral"], []),
        ("in_months", (TINY,), ["reamortise"], ["settlement"]),
        ("unknown", (LATE, EARLY), [], []),
        ("not_behind", (EARLY, debt(ref="LN2", paid=10)), [], []),
    ],
)
def test_what_stands_first_and_what_is_a_tap_away(ease, debts, first, others):
    found = ways(ease, *debts)
    assert (list(found.first), list(found.others)) == (first, others)
    assert found.possible == (*first, *others)


@pytest.mark.parametrize(
    ("debts", "kind", "refusal"),
    [
        ((LATE,), "deferral", AlreadyOverdue),
        ((EARLY,), "reamortise", NotOverdue),
        ((EARLY,), "settlement", NotOverdue),
        ((LONG_LATE,), "catch_up", CatchUpTooLate),
        ((NEARLY_OVER,), "catch_up", CatchUpTooLate),
        ((LATE, SECOND), "catch_up", OneLoanOnly),
        ((EARLY, debt(ref="LN2", paid=10)), "deferral", OneLoanOnly),
        ((SMALL_ARREARS,), "catch_up", ArrearsTooSmall),
        ((TINY,), "step_up", TooLittleToStep),
    ],
)
def test_what_cannot_be_had_says_why(debts, kind, refusal):
    unfit = {one.kind: one.refusal for one in ways(None, *debts).unfit}
    assert type(unfit[kind]) is refusal
    assert unfit[kind].message


@pytest.mark.parametrize("ease", [None, *EASES])
@pytest.mark.parametrize("debts", [(LATE,), (EARLY,), (LONG_LATE,), (LATE, SECOND), (TINY,)])
def test_every_kind_stands_in_one_place_and_never_too_many_at_once(ease, debts):
    found = ways(ease, *debts)
    all_of_them = [*found.first, *found.others, *(one.kind for one in found.unfit)]
    assert sorted(all_of_them) == sorted(KINDS)
    assert 1 <= len(found.first) <= MOST_AT_ONCE


def test_the_last_due_date_of_an_interest_first_contract_takes_no_arrears():
    one = debt(method=Method.INTEREST_FIRST, periods=12, paid=9)
    kinds = {way.kind for way in ways("already", one).unfit}
    asked = PlanRequest(0, 0, None, None, TODAY, kind="catch_up", periods=2)
    with pytest.raises(CatchUpTooLate):
        plan_options([one], asked, POLICY, PlanFacts())
    assert "catch_up" in kinds


def test_kinds_of_one_reason_are_told_together():
    found = ways("already", EARLY)
    assert [len(kinds) for kinds, _why in found.unfit_together] == [4]
    assert [kind for kinds, _why in found.unfit_together for kind in kinds] == [
        one.kind for one in found.unfit
    ]
