"""Pieces of work in processes of their own, or in this one where they are few."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any

from app.ports.processes import Given, Made

# Pieces after which it pays to start other processes, which takes a second each.
FEW = 10
# Pieces handed out or done ahead, for each process: none waits for the next, and few are in memory.
AHEAD = 2
_given: dict[str, Callable[[Any], Any]] = {}


class OneProcess:
    """Does all of it here."""

    def in_order(
        self, work: Callable[[Given], Made], pieces: Iterable[Given]
    ) -> Generator[Made, None, None]:
        """Yield what the work makes of each piece."""
        yield from map(work, pieces)


class ProcessPool:
    """So many processes, begun for one long work and gone with it, or with this process."""

    def __init__(self, count: int, few: int = FEW) -> None:
        self.count = count
        self.few = few

    def in_order(
        self, work: Callable[[Given], Made], pieces: Iterable[Given]
    ) -> Generator[Made, None, None]:
        """Yield what the work makes of each piece, the first few of them made here."""
        coming = iter(pieces)
        yield from map(work, islice(coming, self.few))
        # Asked for before any process is: most work ends here.
        for first in islice(coming, 1):
            yield from self._spread(work, chain((first,), coming))

    def _spread(
        self, work: Callable[[Given], Made], pieces: Iterator[Given]
    ) -> Generator[Made, None, None]:
        # Begun anew and not forked: nothing of our connections and threads is in them, and what
        # they are to do reaches them by a pipe, with the keys in it.
        pool = ProcessPoolExecutor(
            self.count, mp_context=get_context("spawn"), initializer=_begin, initargs=(work,)
        )
        waiting: deque[Future[Made]] = deque()
        try:
            for piece in pieces:
                waiting.append(pool.submit(_made, piece))
                if len(waiting) > self.count * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[Any], Any]) -> None:
    # The keyboard reaches every process of the terminal; who began this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _given["work"] = work


def _end_with_parent() -> None:
    """End at once where the process that began this one has ended, in whatever way."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _made(piece: Any) -> Any:
    return _given["work"](piece)
