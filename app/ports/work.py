"""What the product needs of an engine for background work: pieces asked for in the transaction that
causes them, tasks that come round, kills survived.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

ORDINARY, HURRIED = 0, 10
# A worker that gave no sign of life for so long is taken for dead; with the interval at which one
# looks, its work is taken over within a minute (quality T2).
HEARTBEAT = timedelta(seconds=10)
STALLED_AFTER = timedelta(seconds=30)
# Doubled at each attempt, as for messages.
FIRST_WAIT = timedelta(seconds=20)


@dataclass(frozen=True)
class Task:
    """One kind of work. With `every` it comes round by itself, so long after it last began, never
    twice at once unless it is `shared`; without, pieces of it are asked for.

    Units: `attempts` counts the first try; between tries `first_wait` passes, doubled each time.
    """

    name: str
    every: timedelta | None = None
    priority: int = ORDINARY
    attempts: int = 1
    first_wait: timedelta = FIRST_WAIT
    is_shared: bool = False

    def wait_after(self, attempt: int) -> timedelta:
        """Return how long what failed is left to recover; `attempt` counts from 1."""
        return self.first_wait * (1 << attempt - 1)


@dataclass(frozen=True)
class Order:
    """A piece of work as it is asked for. `key`: no second one is taken while one with it waits or
    runs; `lock`: never two of one lock at once, whatever their task; `request_id` names the request
    that asks.
    """

    task: str
    args: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    lock: str | None = None
    priority: int = ORDINARY
    not_before_at: datetime | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Piece:
    """A piece of work as it is handed out; `attempt` counts from 1 and grows past the task's when
    workers died of it.
    """

    task: str
    args: Mapping[str, str]
    attempt: int = 1
    request_id: str = ""


@dataclass(frozen=True)
class FailedPiece:
    """A piece of work that is not tried again by itself."""

    id: int
    task: str
    args: Mapping[str, str]
    attempts: int
    at: datetime | None
    request_id: str = ""


@dataclass(frozen=True)
class WorkState:
    """How much there is; `oldest_at` is when the oldest piece that could run was asked for."""

    waiting: int
    running: int
    failed: int
    oldest_at: datetime | None


# Beside its arguments in the engine's own tables.
REQUEST_ID = "request_id"


def stored_args(order: Order) -> dict[str, str]:
    """Return the arguments of an order as an engine keeps them, with who asked beside them."""
    asked_by = {REQUEST_ID: order.request_id} if order.request_id else {}
    return {**order.args, **asked_by}


def read_args(stored: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the arguments as they were asked for, and the request that asked."""
    args = {name: value for name, value in stored.items() if name != REQUEST_ID}
    return args, stored.get(REQUEST_ID, "")


def failed_piece(id_: int, task: str, stored: Mapping[str, str], *more: Any) -> FailedPiece:
    """Return a failed piece as an engine keeps it: then attempts, and when it failed."""
    args, request_id = read_args(stored)
    attempts, at = more
    return FailedPiece(id_, task, args, attempts, at, request_id)


# Does one piece; what it raises makes the piece wait for its next try, or fail.
Perform = Callable[[Piece], None]


class Work(Protocol):
    """Keeps pieces of work and runs them. `connection` is the SQLAlchemy connection of the caller's
    transaction: what is done by it is there with its commit, and gone with its rollback.
    """

    def enqueue(self, connection: Any, order: Order) -> bool:
        """Ask for a piece of work; tell whether it was taken. Idempotent on: key, while it
        lasts.
        """
        ...

    def state(self, connection: Any) -> WorkState:
        """Count what waits, runs and failed."""
        ...

    def failed_count(self, connection: Any) -> int:
        """Count what failed for good, by an index: pages ask for it."""
        ...

    def failed(self, connection: Any, *, limit: int) -> tuple[FailedPiece, ...]:
        """Return what failed for good, the newest first."""
        ...

    def retry(self, connection: Any, *, piece_id: int) -> FailedPiece | None:
        """Have a failed piece tried anew, its attempts counted from the beginning; return it, or
        None where there is no such failed piece.
        """
        ...

    def prune(self, connection: Any, *, before: datetime, limit: int) -> int:
        """Forget what ended before an instant, and return of how many pieces."""
        ...

    def run(self, tasks: Sequence[Task], perform: Perform, *, stop: threading.Event) -> None:
        """Run tasks as they come round and pieces as they are asked for, until told to stop; what
        runs then is finished. Several processes on several hosts share the work.
        """
        ...

    def drain(self, tasks: Sequence[Task], perform: Perform) -> None:
        """Run the pieces that can run now, and return once there is none."""
        ...
