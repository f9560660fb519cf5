"""The sliders on the page of options: where they begin and end, how far a step goes, where they
stand.
"""

from dataclasses import dataclass

from app.domain.money import FEN_PER_YUAN, div_half_up
from app.services.proposals.queries import PlanJourney

# Steps people think in; the exact amount can always be typed at the question itself.
MONTHLY_STEP = 50
UPFRONT_STEP = 100
# Up to the whole debt a slider would be too coarse to hit anything near the answer.
MOST_TIMES = 3


@dataclass(frozen=True)
class Slider:
    """Places a slider can stand at, and the one nearest to an amount.

    Units: whole yuan.
    """

    least: int
    most: int
    step: int
    place: int


def monthly_slider(journey: PlanJourney) -> Slider:
    """From the least instalment to some times what was answered, never above the debt."""
    fen = journey.answers.monthly_fen or 0
    most_fen = min(journey.payoff_fen, MOST_TIMES * fen)
    return slider(fen, least_fen=journey.least_fen, most_fen=most_fen, step=MONTHLY_STEP)


def upfront_slider(journey: PlanJourney) -> Slider:
    """From nothing to half of the debt."""
    fen = journey.answers.upfront_fen or 0
    return slider(fen, least_fen=0, most_fen=journey.payoff_fen // 2, step=UPFRONT_STEP)


def slider(fen: int, *, least_fen: int, most_fen: int, step: int) -> Slider:
    """Return a slider in whole steps that reaches from the least to at least the amount itself.

    Units: fen in, whole yuan out.
    """
    least = least_fen // FEN_PER_YUAN
    steps = max(1, (max(fen, most_fen) - least_fen) // (step * FEN_PER_YUAN))
    nearest = max(0, div_half_up(max(0, fen - least_fen), step * FEN_PER_YUAN))
    # The answer given always has a place, also where it lies above the usual end.
    most = max(steps, nearest)
    return Slider(least, least + most * step, step, least + nearest * step)
