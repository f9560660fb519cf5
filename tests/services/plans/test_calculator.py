"""A loan on any date, by its number: what is owed and the plans that would fit, and nothing before
it began.
"""

from datetime import date

import pytest

from app.domain.plan import PlanRequest
from app.domain.proposing import AlreadyOpen, NotOverdue
from app.services.plans.calculator import BeforeLoan, LoanUnknown, arrears_on, options_on
from tests.factories import make_plan
from tests.support.clock import NOW

TODAY = NOW.date()


def options(session, loan, *, as_of=TODAY, **asked):
    values = {"monthly_fen": 130_000, "upfront_fen": 0, "surplus_fen": None, "pay_day": 10}
    wish = PlanRequest(**(values | asked), start_on=as_of)
    return options_on(session, refs=[loan.ref], asked=wish)


def test_what_is_owed_grows_from_day_to_day_and_its_lines_say_how(session, loan):
    days = [arrears_on(session, ref=loan.ref, as_of=date(2026, 11, day)) for day in (22, 23, 24)]
    sums = [one.owed.payoff_fen for one in days]
    assert sums == sorted(set(sums))
    for one in days:
        steps = [line.fen for line in one.lines if (line.section, line.kind) == ("payoff", "step")]
        assert sum(steps) == one.owed.payoff_fen


def test_options_pay_off_what_is_owed_on_that_very_day(session, loan):
    offer = options(session, loan)
    assert {one for option in offer.options for one in option.choices} >= {"best_fit", "lowest"}
    assert all(option.verdict == "at_once" for option in offer.options if option.periods <= 24)
    later = options(session, loan, as_of=date(2026, 12, 23))
    assert later.options[0].total_fen > offer.options[0].total_fen


@pytest.mark.parametrize(("days", "is_known"), [(-1, False), (0, True)])
def test_nothing_is_said_about_a_loan_before_it_was_paid_out(session, loan, days, is_known):
    day = date.fromordinal(loan.start_on.toordinal() + days)
    if is_known:
        assert arrears_on(session, ref=loan.ref, as_of=day).owed.today_fen == 0
        with pytest.raises(NotOverdue):
            options(session, loan, as_of=day)
    else:
        for act in (
            options,
            lambda session, loan, as_of: arrears_on(session, ref=loan.ref, as_of=as_of),
        ):
            with pytest.raises(BeforeLoan, match=str(loan.start_on)):
                act(session, loan, as_of=day)


@pytest.mark.parametrize("ref", ["", "JJ0", "%"])
def test_an_unknown_number_is_told(session, loan, ref):
    with pytest.raises(LoanUnknown):
        arrears_on(session, ref=ref, as_of=TODAY)


def test_beside_an_open_plan_there_are_no_options_and_figures_stand_still(session, loan):
    make_plan(session, loan, start_on=date(2026, 11, 21))
    with pytest.raises(AlreadyOpen):
        options(session, loan)
    assert arrears_on(session, ref=loan.ref, as_of=TODAY).owed.as_of == date(2026, 11, 21)
