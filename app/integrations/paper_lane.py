"""One lane in which a process sets and seals its papers: however many are signed at once, pages
share the processor with one of them.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from app.domain.errors import GatewayDown

Made = TypeVar("Made")
# A paper takes a twentieth of a second of the processor; the first of a process a second or two.
MOST_WAITING = 32
MOST_SECONDS = 15


class PaperLane:
    """Work is done in turn, by a thread of its own; who would wait too long is told so."""

    def __init__(
        self, *, most_waiting: int = MOST_WAITING, most_seconds: int = MOST_SECONDS
    ) -> None:
        self._most_seconds = most_seconds
        self._places = threading.BoundedSemaphore(most_waiting)
        # Its thread starts with the first paper: processes that fork before have none to lose.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="papers")

    def run(self, work: Callable[[], Made]) -> Made:
        """Return what the work returns. Raises: what it raises; GatewayDown where too many wait, or
        its turn does not come in time.
        """
        if not self._places.acquire(blocking=False):
            raise GatewayDown("too many papers at once")
        turn: Future[Made] = self._thread.submit(work)
        turn.add_done_callback(lambda _turn: self._places.release())
        try:
            return turn.result(self._most_seconds)
        except TimeoutError as fault:
            # What has begun cannot be called back: its paper is nobody's.
            if turn.cancel() or not turn.done() or turn.exception() is not fault:
                raise GatewayDown("a paper takes too long") from None
            raise
