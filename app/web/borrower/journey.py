"""The journey to a plan as one table: step -> answered? -> next. Out of step leads to the latest
page allowed.
"""

from collections.abc import Callable, Iterable
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


def _of(*kinds: str) -> Tells:
    """Asked where one of these kinds of plan was picked; a small debt asks for a day only."""
    return lambda journey: not journey.is_small and journey.kind in kinds


@dataclass(frozen=True)
class Step:
    """One page of the journey: its endpoint, whether it is answered, on whose journey it lies.

    `is_aside`: it is answered with what is usual and not led to; other pages lead there to change
    it.
    """

    name: str
    is_done: Tells
    is_asked: Tells = _is_usual
    is_aside: bool = False

    @property
    def endpoint(self) -> str:
        return f"borrower.plan_{self.name}"


MONTH_BY_MONTH = ("reamortise", "step_up", "catch_up")
# What staff filled in for someone needs no reason, no kind and no income: they are told with the
# rest, or left out.
STEPS = (
    Step(
        "loans",
        lambda journey: journey.answers.loans is not None or journey.is_entered,
        is_asked=lambda journey: journey.asks_loans,
    ),
    Step("reason", lambda journey: journey.hardship is not None or journey.is_entered),
    Step("ways", lambda journey: journey.answers.kind is not None or journey.is_entered),
    Step(
        "low",
        lambda journey: bool(journey.answers.low_fen and journey.answers.low_months),
        is_asked=_of("step_up"),
    ),
    Step(
        "monthly",
        lambda journey: bool(journey.answers.monthly_fen or journey.answers.periods),
        is_asked=_of(*MONTH_BY_MONTH),
    ),
    Step(
        "first_payment",
        lambda journey: journey.answers.upfront_fen is not None,
        is_asked=_of(*MONTH_BY_MONTH),
        is_aside=True,
    ),
    Step(
        "pay_day",
        lambda journey: journey.answers.pay_day is not None,
        is_asked=_of("reamortise", "step_up"),
        is_aside=True,
    ),
    Step(
        "defer",
        lambda journey: bool(journey.answers.months and journey.answers.way),
        is_asked=_of("deferral"),
    ),
    Step(
        "settle_day",
        lambda journey: journey.answers.pay_on is not None,
        is_asked=lambda journey: journey.is_small or journey.kind == "settlement",
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
    Step(
        "options",
        lambda journey: journey.answers.choice is not None,
        is_asked=_of(*MONTH_BY_MONTH),
    ),
    # Never done, so that looking for the first open page always ends here.
    Step("check", lambda journey: False, is_asked=_always),
)


def steps_for(journey: PlanJourney) -> tuple[Step, ...]:
    """Return the pages this borrower sees; a small debt asks no amounts, income is asked where the
    policy says.
    """
    return tuple(step for step in STEPS if step.is_asked(journey))


def number_step(journey: PlanJourney) -> Step:
    """Return the page that asks for the number a plan turns on, the check page where none does."""
    turns_on = ("monthly", "defer", "settle_day")
    steps = steps_for(journey)
    return next((step for step in steps if step.name in turns_on), steps[-1])


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
    follows = steps[names.index(name) + 1 :]
    return next(
        (step for step in follows if not step.is_aside or not step.is_done(journey)), steps[-1]
    )


def step_before(journey: PlanJourney, name: str) -> Step | None:
    """Return the page before one, None for the first."""
    steps = steps_for(journey)
    before = steps[: [step.name for step in steps].index(name)]
    return next((step for step in reversed(before) if not step.is_aside), None)


def place_on(journey: PlanJourney, name: str) -> tuple[int, int]:
    """Return the page's number and how many there are, for the progress bar; a page aside counts as
    the one before it.
    """
    steps = steps_for(journey)
    upto = steps[: [step.name for step in steps].index(name) + 1]
    return _led_to(upto), _led_to(steps)


def _led_to(steps: Iterable[Step]) -> int:
    return sum(not step.is_aside for step in steps)
