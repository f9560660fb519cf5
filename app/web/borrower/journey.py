"""The road to a plan as one table: step -> answered? -> next. Out of step leads to the latest page allowed."""

from collections.abc import Callable
from dataclasses import dataclass

from app.services.plan_queries import PlanRoad


@dataclass(frozen=True)
class Step:
    """One page of the road: its endpoint, and whether it is answered."""

    name: str
    is_done: Callable[[PlanRoad], bool]
    is_for_small: bool = True

    @property
    def endpoint(self) -> str:
        return f"borrower.plan_{self.name}"


STEPS = (
    Step("first_payment", lambda road: road.answers.upfront_fen is not None, is_for_small=False),
    Step("monthly", lambda road: road.answers.monthly_fen is not None, is_for_small=False),
    Step("pay_day", lambda road: road.answers.pay_day is not None),
    Step("options", lambda road: road.answers.choice is not None),
    Step("check", lambda road: False),
)


def steps_for(road: PlanRoad) -> tuple[Step, ...]:
    """Return the pages this borrower sees; a small debt asks no amounts."""
    return tuple(step for step in STEPS if step.is_for_small or not road.is_small)


def latest_step(road: PlanRoad) -> Step:
    """Return the first page that is not answered yet."""
    return next(step for step in steps_for(road) if not step.is_done(road))


def may_see(road: PlanRoad, name: str) -> bool:
    """Tell whether every page before this one is answered."""
    for step in steps_for(road):
        if step.name == name:
            return True
        if not step.is_done(road):
            return False
    return False


def step_after(road: PlanRoad, name: str) -> Step:
    """Return the page that follows one that was just answered."""
    steps = steps_for(road)
    names = [step.name for step in steps]
    return steps[min(names.index(name) + 1, len(steps) - 1)]


def place(road: PlanRoad, name: str) -> tuple[int, int]:
    """Return the page's number and how many there are, for the progress bar."""
    names = [step.name for step in steps_for(road)]
    return names.index(name) + 1, len(names)
