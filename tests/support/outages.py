"""A database that does not answer, for as long as a block lasts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask
from sqlalchemy.pool import QueuePool


@contextmanager
def outage(app: Flask) -> Iterator[None]:
    """Every page waits in vain for a connection."""
    engine = app.extensions["anhuan_engine"]
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    pool._timeout = 0.1
    with ExitStack() as taken:
        for _ in range(pool.size() + pool._max_overflow):
            taken.enter_context(engine.connect())
        yield
