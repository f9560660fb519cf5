"""The kinds of plan for people who know none: a name, whom it suits, a shape."""

from collections.abc import Mapping
from typing import NamedTuple

from app.web.words import WAY_NAMES, WAY_SUITS

# How high each payment stands in the little picture, out of HEIGHT; the sentence says the same.
HEIGHT = 36


class WayWords(NamedTuple):
    """How a kind of plan is called, whom it suits, and the heights of its payments."""

    name: str
    suits: str
    bars: tuple[int, ...]


WAYS: Mapping[str, WayWords] = {
    "reamortise": WayWords(WAY_NAMES["reamortise"], WAY_SUITS["reamortise"], (18,) * 8),
    "step_up": WayWords(
        WAY_NAMES["step_up"],
        WAY_SUITS["step_up"],
        (9, 9, 9, 24, 24, 24, 24, 24),
    ),
    "catch_up": WayWords(
        WAY_NAMES["catch_up"],
        WAY_SUITS["catch_up"],
        (26, 26, 26, 26, 16, 16, 16, 16),
    ),
    "settlement": WayWords(WAY_NAMES["settlement"], WAY_SUITS["settlement"], (34,)),
    "deferral": WayWords(
        WAY_NAMES["deferral"],
        WAY_SUITS["deferral"],
        (0, 0, 0, 20, 20, 20, 20, 20),
    ),
}
