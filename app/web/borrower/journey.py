"""The journey to a plan as one table: step -> answered? -> next. Out of step leads to the latest
page allowed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.services.proposals.queries import PlanJourney

Tells = Callable[[PlanJourney], bool]


def _always(_journey: PlanJourney) -> bool:
    return True


def _is_usual(journey: PlanJourney) -> bool:
    """A small debt asks for a day only."""
    return not journey.is_small


def _asks_income(journey: PlanJourney) -> bool:
    return not journey.is_small and journey.asks_income


def _has_told(part: str) -> Tells:
    """A part of the month is answered once it was told, or all of it was left out on purpose."""

    def is_done(journey: PlanJourney) -> bool:
        budget = journey.budget
        if budget is None:
            return journey.answers.is_income_done is not None or journey.is_entered
        # Told as sums, on the phone or before there were groups: no part of it is asked again.
        return budget.surplus_fen is not None or getattr(budget, part) is not None

    return is_done


@dataclass(frozen=True)
class Step:
    """One page of the journey: its endpoint, whether it is answered, on whose journey it lies."""

    name: str
    is_done: Tells
    is_asked: Tells = _is_usual

    @property
    def endpoint(self) -> str:
        return f"borrower.plan_{self.name}"


# What staff filled in for someone needs no reason and no income: they are told with the rest, or
# left out.
STEPS = (
    Step(
        "loans",
        lambda journey: journey.answers.loans is not None or journey.is_entered,
        is_asked=lambda journey: journey.asks_loans,
    ),
    Step("reason", lambda journey: journey.hardship is not None or journey.is_entered),
    Step("first_payment", lambda journey: journey.answers.upfront_fen is not None),
    Step("monthly", lambda journey: journey.answers.monthly_fen is not None),
    Step("pay_day", lambda journey: journey.answers.pay_day is not None),
    Step(
        "settle_day",
        lambda journey: journey.answers.pay_on is not None,
        is_asked=lambda journey: journey.is_small,
    ),
    Step("household", _has_told("people"), is_asked=_asks_income),
    Step("income", _has_told("incomes"), is_asked=_asks_income),
    Step("spending", _has_told("spending"), is_asked=_asks_income),
    Step("debts", _has_told("debts_fen"), is_asked=_asks_income),
    Step(
        "left",
        lambda journey: journey.answers.is_income_done is not None or journey.is_entered,
        is_asked=_asks_income,
    ),
    Step("options", lambda journey: journey.answers.choice is not None),
    # Never done, so that looking for the first open page always ends here.
    Step("check", lambda journey: False, is_asked=_always),
)


def steps_for(journey: PlanJourney) -> tuple[Step, ...]:
    """Return the pages this borrower sees; a small debt asks no amounts, income is asked where the
    policy says.
    """
    return tuple(step for step in STEPS if step.is_asked(journey))


def latest_step(journey: PlanJourney) -> Step:
    """Return the first page that is not answered yet."""
    return next(step for step in steps_for(journey) if not step.is_done(journey))


def may_see(journey: PlanJourney, name: str) -> bool:
    """Tell whether the page lies on this journey and every page before it is answered."""
    # Pages are addresses: who types one ahead is led to the first question that is open.
    for step in steps_for(journey):
        if step.name == name:
            return True
        if not step.is_done(journey):
            return False
    return False


def step_after(journey: PlanJourney, name: str) -> Step:
    """Return the page that follows one that was just answered."""
    steps = steps_for(journey)
    names = [step.name for step in steps]
    if name not in names:
        # With the answer the question itself is gone: a larger amount may need no income.
        return latest_step(journey)
    return steps[min(names.index(name) + 1, len(steps) - 1)]


def step_before(journey: PlanJourney, name: str) -> Step | None:
    """Return the page before one, None for the first."""
    steps = steps_for(journey)
    place_of = [step.name for step in steps].index(name)
    return steps[place_of - 1] if place_of else None


def place_on(journey: PlanJourney, name: str) -> tuple[int, int]:
    """Return the page's number and how many there are, for the progress bar."""
    names = [step.name for step in steps_for(journey)]
    return names.index(name) + 1, len(names)
