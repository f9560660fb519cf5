"""Engines for background work in tests."""

from datetime import timedelta
from typing import Any

from app.integrations.work.procrastinate_work import ProcrastinateWork
from app.jobs.embedded import EmbeddedWork
from app.ports.work import Order, Piece, Task

# Seconds instead of half a minute, so that a test can wait for what died.
HEARTBEAT, STALLED_AFTER = timedelta(seconds=0.5), timedelta(seconds=2)


class KeptOrders:
    """Keeps what was asked for, for tests whose subject is who asks; none of it is ever done."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def enqueue(self, _connection: Any, order: Order) -> bool:
        self.orders.append(order)
        return True


def quick_engine(address: str) -> EmbeddedWork | ProcrastinateWork:
    """The engine for an address, quick to miss a worker."""
    kind = EmbeddedWork if address.startswith("sqlite") else ProcrastinateWork
    return kind(address, heartbeat=HEARTBEAT, stalled_after=STALLED_AFTER)


def engine_of(database) -> EmbeddedWork | ProcrastinateWork:
    """The engine a database has."""
    return quick_engine(database.address)


def failed_piece(database, engine) -> int:
    """Ask for a piece of work that breaks; return its number."""

    def broken(_piece: Piece) -> None:
        raise OSError("planted")

    with database.engine.begin() as connection:
        engine.enqueue(connection, Order("exports", {"export": "none"}, key="planted"))
    engine.drain([Task("exports", attempts=1)], broken)
    with database.engine.connect() as connection:
        return int(engine.failed(connection, limit=1)[0].id)
