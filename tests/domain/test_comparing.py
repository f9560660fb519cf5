"""What differs between two plans, in fen and months."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.allocation import Components
from app.domain.comparing import Compared, compared
from app.domain.plan import PlanInstalment
from app.domain.plan_terms import Asked, LoanInPlan, PlannedTerms, Waiver

START = date(2026, 11, 25)
MONTHS = [date(2026, 12, 10), date(2027, 1, 10), date(2027, 2, 10), date(2027, 3, 10)]


def terms(*amounts, interest=0, first=0, waived=0):
    rows = tuple(
        PlanInstalment(number, due_on, amount - interest, interest, 0, 0, 0)
        for number, (amount, due_on) in enumerate(zip(amounts, MONTHS, strict=False), 1)
    )
    paid = PlanInstalment(0, START, first, 0, 0, 0, 0) if first else None
    loan = LoanInPlan(
        public_id="-",
        annual_ppm=0,
        owed=Components(),
        gross=Components(),
        excess_fen=0,
        payoff_fen=0,
        days_past_due=40,
        waivers=(Waiver("penalty", waived, "kept_to_end"),) if waived else (),
        planned=Components(),
        first_payment=paid,
        instalments=rows,
    )
    return PlannedTerms("reamortise", "", 10, START, 0, Asked(0, 0), (loan,), paid, 3, rows)


CASES = [
    (terms(100, 100), terms(100, 100), Compared(0, 0, 0, 0, 0, 0, 0, 0)),
    (terms(100, 100), terms(70, 70, 70), Compared(-30, -30, 0, 1, 1, 0, 0, 10)),
    (terms(70, 70, 70), terms(100, 100), Compared(30, 30, 0, -1, -1, 0, 0, -10)),
    (terms(100, 100), terms(75, 75, first=50), Compared(-25, -25, 50, 0, 0, 0, 0, 0)),
    (terms(100, 100, first=50), terms(100, 150), Compared(50, 50, -50, 0, 0, 0, 0, 0)),
    (terms(100, 100, interest=1), terms(100, 100, interest=3), Compared(0, 0, 0, 0, 0, 4, 0, 0)),
    (terms(100, 100, waived=9), terms(100, 100), Compared(0, 0, 0, 0, 0, 0, -9, 0)),
]


@pytest.mark.parametrize(("one", "other", "expected"), CASES)
def test_more_is_a_plus_and_less_a_minus(one, other, expected):
    found = compared(one, other)
    assert found == expected
    assert found.is_same is (not any(expected))
    assert compared(other, one) == Compared(*(-by for by in expected))


def test_of_a_plan_low_first_the_later_instalments_are_usual():
    # The last one is another, so the low ones are as many as any: still they are not what is usual.
    low_first = replace(
        terms(40, 40, 100, 101), kind="step_up", asked=Asked(100, 0, low_fen=40, low_months=2)
    )
    assert low_first.usual_fen == 101
    assert replace(low_first, instalments=low_first.instalments[:3]).usual_fen == 100
    assert terms(40, 40, 100, 101).usual_fen == 40


def test_a_year_has_twelve_months():
    december, later = terms(100), terms(100)
    moved = tuple(one._replace(due_on=date(2027, 12, 10)) for one in later.instalments)
    assert compared(december, replace(later, instalments=moved)).months_longer == 12
