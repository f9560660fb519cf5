"""Acts begun at a steady pace, however long each takes, and how long every answer took."""

import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

Act = Callable[[], None]
HANDS = 96


class Times:
    """How long each request took, in seconds, by kind; what was not answered, what was wrong."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int] = Counter()
        self.wrong: Counter[str] = Counter()
        self.late = 0.0

    def note(self, kind: str) -> Callable[[str, int, float], None]:
        """Return what a browser tells of each answer."""

        def note(_path: str, status: int, taken: float) -> None:
            with self._lock:
                self._taken[kind].append(taken)
                self.statuses[status] += 1

        return note

    def fault(self, kind: str, problem: Exception) -> None:
        """Keep what an act could not go on with."""
        with self._lock:
            self.wrong[f"{kind}: {type(problem).__name__} {problem}"[:160]] += 1

    @property
    def count(self) -> int:
        """How many requests there were."""
        return sum(self.statuses.values())

    @property
    def errors(self) -> int:
        """How many were not answered, or by an error of ours."""
        return sum(n for status, n in self.statuses.items() if not status or status >= 500)

    def at(self, percent: int, kind: str = "") -> float:
        """Return so many hundredths' time in seconds."""
        with self._lock:
            lists = [found for name, found in self._taken.items() if kind in (name, "")]
        taken = [one for found in lists for one in found]
        return statistics.quantiles(taken, n=100)[percent - 1] if len(taken) > 1 else 0.0

    def lines(self) -> list[str]:
        """Return a line a kind: count, p50, p95, p99 in milliseconds."""
        found = [f"{'':<10}{'requests':>9}{'p50 ms':>8}{'p95':>8}{'p99':>8}"]
        for kind in (*sorted(self._taken), ""):
            count = sum(len(one) for name, one in self._taken.items() if kind in (name, ""))
            ms = [f"{self.at(one, kind) * 1000:>8.0f}" for one in (50, 95, 99)]
            found.append(f"{kind or 'all':<10}{count:>9}{''.join(ms)}")
        return found


def paced(seconds: float, pick: Callable[[], tuple[str, Act]], per_second: float, times: Times):
    """Begin acts at that pace for so long; what waits for a hand counts as late."""
    began = time.monotonic()
    with ThreadPoolExecutor(HANDS) as hands:
        number = 0
        while (due := began + number / per_second) < began + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            kind, act = pick()
            hands.submit(_done, kind, act, due, times)
            number += 1


def _done(kind: str, act: Act, due: float, times: Times) -> None:
    times.late = max(times.late, time.monotonic() - due)
    try:
        act()
    except Exception as problem:
        times.fault(kind, problem)
