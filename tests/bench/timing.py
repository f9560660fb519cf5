"""Runs two pieces of work in turns and tells minimum, median and maximum of each, and the ratio of
the medians.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

WARM_UP = 3


@dataclass(frozen=True)
class Pair:
    """Our work and its bare baseline; both return something, so that nothing is left out."""

    name: str
    ours: Callable[[], object]
    bare: Callable[[], object]
    rounds: int = 50


def measure(pair: Pair) -> str:
    """One line of the table, in milliseconds."""
    for _ in range(WARM_UP):
        pair.ours(), pair.bare()
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(pair.rounds):
        for which, work in (("ours", pair.ours), ("bare", pair.bare)):
            started = time.perf_counter()
            assert work()
            taken[which].append((time.perf_counter() - started) * 1000)
    ratio = median(taken["ours"]) / median(taken["bare"])
    return f"{pair.name:<34}{_told(taken['ours'])}{_told(taken['bare'])}{ratio:>8.1f} x"


def heading() -> str:
    return f"{'ms, minimum / median / maximum':<34}{'ours':>26}{'bare':>26}{'ratio':>10}"


def _told(taken: list[float]) -> str:
    return f"{min(taken):>10.2f} /{median(taken):>7.2f} /{max(taken):>7.2f}"
