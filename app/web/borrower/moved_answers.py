"""What the sliders and fields on the page of options were moved to."""

from typing import Any

from app.domain.calendar import PayDay
from app.domain.characters import plain_number
from app.domain.money import FEN_PER_YUAN
from app.services.proposals.basis import Answers
from app.services.proposals.queries import PlanJourney
from app.web.borrower.plan_forms import OptionsForm
from app.web.borrower.sliders import Slider, monthly_slider, upfront_slider
from app.web.fields import pay_days

# More digits are no number of instalments.
MOST_DIGITS = 3


def day_of(chosen: str) -> PayDay:
    """Return the pay day that was chosen in a list."""
    return "last" if chosen == "last" else int(chosen)


def moved_to(form: OptionsForm, journey: PlanJourney) -> Answers:
    """Return what the sliders and fields were moved to; what stands where it stood is None."""
    answers, day = journey.answers, form.pay_day.data
    periods = _periods(form.periods.data or "")
    monthly_fen = _moved(form.monthly, monthly_slider(journey))
    is_day = bool(day) and day in {one.value for one in pay_days()} and day != str(answers.pay_day)
    if monthly_fen is not None and periods == answers.periods:
        periods = 0  # the amount that was moved last counts
    return Answers(
        upfront_fen=_moved(form.upfront, upfront_slider(journey)),
        monthly_fen=monthly_fen,
        pay_day=day_of(day or "") if is_day else None,
        periods=None if form.periods.data is None or periods == (answers.periods or 0) else periods,
    )


def _periods(typed: str) -> int:
    """Read an own number of instalments; anything else is none."""
    plain = plain_number(typed).removesuffix("期")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= MOST_DIGITS else 0


def _moved(field: Any, kept: Slider) -> int | None:
    """Return what a slider was moved to, in fen; one that stands where the answer kept would put it
    changes nothing, for it shows a rounded place.

    Held against the answer and not against the page, which may be older: the last place wins.
    """
    typed = field.data or ""
    # isdigit alone also takes digits of other scripts, and superscripts that int() refuses.
    if not (typed.isascii() and typed.isdigit()) or int(typed) == kept.place:
        return None
    return int(typed) * FEN_PER_YUAN
