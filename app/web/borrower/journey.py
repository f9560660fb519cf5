"""The road to a plan as one table: step -> answered? -> next. Out of step leads to the latest page
allowed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.services.proposals.queries import PlanJourney

Tells = Callable[[PlanJourney], bool]


def _always(_road: PlanJourney) -> bool:
    return True


def _is_usual(road: PlanJourney) -> bool:
    """A small debt asks for a day only."""
    return not road.is_small


@dataclass(frozen=True)
class Step:
    """One page of the road: its endpoint, whether it is answered, and on whose road it lies."""

    name: str
    is_done: Tells
    is_asked: Tells = _is_usual

    @property
    def endpoint(self) -> str:
        return f"borrower.plan_{self.name}"


# What staff filled in for someone needs no reason and no income: they are told with the rest, or
# left out.
STEPS = (
    Step("reason", lambda road: road.hardship is not None or road.is_entered),
    Step("first_payment", lambda road: road.answers.upfront_fen is not None),
    Step("monthly", lambda road: road.answers.monthly_fen is not None),
    Step("pay_day", lambda road: road.answers.pay_day is not None),
    Step(
        "settle_day",
        lambda road: road.answers.pay_on is not None,
        is_asked=lambda road: road.is_small,
    ),
    Step(
        "income",
        lambda road: road.answers.is_income_done is not None or road.is_entered,
        is_asked=lambda road: not road.is_small and road.asks_income,
    ),
    Step("options", lambda road: road.answers.choice is not None),
    Step("check", lambda road: False, is_asked=_always),
)


def steps_for(road: PlanJourney) -> tuple[Step, ...]:
    """Return the pages this borrower sees; a small debt asks no amounts, income is asked where the
    policy says.
    """
    return tuple(step for step in STEPS if step.is_asked(road))


def latest_step(road: PlanJourney) -> Step:
    """Return the first page that is not answered yet."""
    return next(step for step in steps_for(road) if not step.is_done(road))


def may_see(road: PlanJourney, name: str) -> bool:
    """Tell whether the page lies on this road and every page before it is answered."""
    for step in steps_for(road):
        if step.name == name:
            return True
        if not step.is_done(road):
            return False
    return False


def step_after(road: PlanJourney, name: str) -> Step:
    """Return the page that follows one that was just answered."""
    steps = steps_for(road)
    names = [step.name for step in steps]
    return steps[min(names.index(name) + 1, len(steps) - 1)]


def step_before(road: PlanJourney, name: str) -> Step | None:
    """Return the page before one, None for the first."""
    steps = steps_for(road)
    place_of = [step.name for step in steps].index(name)
    return steps[place_of - 1] if place_of else None


def place(road: PlanJourney, name: str) -> tuple[int, int]:
    """Return the page's number and how many there are, for the progress bar."""
    names = [step.name for step in steps_for(road)]
    return names.index(name) + 1, len(names)
