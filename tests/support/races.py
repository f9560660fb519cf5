"""Many threads at once."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.db import POOL_SIZE

USUAL_ROUNDS, CROWD = 20, 50


def race_rounds() -> int:
    """How often a race is run; `make check` asks for more than `make test`."""
    return int(os.environ.get("RACE_ROUNDS", USUAL_ROUNDS))


def rounds(many: int | None = None) -> Iterator[int]:
    """Number the rounds of a race over one database; the last that a failure shows is the one."""
    for number in range(race_rounds() if many is None else many):
        print("round", number)
        yield number


def crowd(number: int) -> int:
    """How many threads race in a round: fifty, and once that was done twenty times a few more than
    there are connections, since no more than those ever meet.
    """
    return CROWD if number < USUAL_ROUNDS else POOL_SIZE + 2


def few() -> int:
    """How often a crowd of fifty or a slow step is raced."""
    return max(2, race_rounds() // 10)


def run_together(act: Callable[[int], Any], *, threads: int = CROWD) -> list[Any]:
    """Call act(0) … act(threads-1) at the same moment; return each result or the exception it
    raised.
    """
    gate = threading.Barrier(threads)

    def runner(number: int) -> Any:
        gate.wait()
        try:
            return act(number)
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(runner, range(threads)))
