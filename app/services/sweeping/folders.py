"""Folders of a store that no row names: what a kill between writing and commit left behind."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice

from sqlalchemy.orm import Session

from app.ports.storage import Storage
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction

ACTOR = Actor("job:sweeping")
# Longer than any request, and than what makes a file is silent: younger ones may be under way.
UNDER_WAY = timedelta(hours=1)


def sweep(
    session: Session,
    context: Context,
    *,
    storage: Storage,
    nameless: Callable[[Sequence[str]], Sequence[str]],
    entry: Callable[[int], audit.Entry],
    limit: int,
    spared: timedelta = UNDER_WAY,
) -> int:
    """Delete the folders that `nameless` tells of those it is shown, `limit` at a time, and put on
    record how many, as `entry` has it; return that number. Younger ones than `spared` are left.

    Idempotent on: the folders. Raises: GatewayDown.
    Source: rule book 9; ADR 0025; ADR 0050.
    """
    done = 0
    names = storage.folders(before=context.now - spared)
    while some := tuple(islice(names, limit)):
        found = nameless(some)
        # No connection is kept from others, and no view grows old, while the store is asked.
        session.rollback()
        for name in found:
            storage.delete(name)
        done += len(found)
    if done:
        with transaction(session):
            audit.record_all(session, context.by(ACTOR), entries=[entry(done)])
    return done
