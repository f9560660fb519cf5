"""Bugs that a run must notice: each shows once that the run can fail."""

import random
import time
from pathlib import Path
from typing import Any

from flask import abort
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.integrations.storage.s3 import S3Storage
from app.services.affordability import telling
from app.services.cases import deciding
from app.services.finance import export_files
from app.services.proposals import drafts
from app.services.staged.applying import BookApplier
from app.services.ways import choosing

HELD = "held"
KEPT: list[bytes] = []


def plant(app: Any, name: str, instance: Path) -> None:
    """Put one of them into a served application; none where it has no name."""
    if name == HELD:
        hold(instance)
    elif name:
        BUGS[name](app)


def hold(instance: Path) -> None:
    """No bug: each file waits before it is handed over to the store, as long as its host is told to
    hold, and the host tells that it does.
    """
    hand_over = S3Storage._hand_over

    def held(storage: Any, key: str, file: Any) -> None:
        while (instance / HELD).exists():
            (instance / "holding").touch()
            time.sleep(0.05)
        hand_over(storage, key, file)

    S3Storage._hand_over = held  # type: ignore[method-assign]


def lost(_app: Any) -> None:
    """One answer of the desk in ten is confirmed and never kept."""
    keep = deciding.decide_version

    def decide(*args: Any, **more: Any) -> None:
        # By chance: a worker that is killed soon never counts to ten.
        if random.random() > 0.1:
            keep(*args, **more)

    deciding.decide_version = decide


def deaf(app: Any) -> None:
    """A worker whose database was away once answers no more."""
    broken: list[bool] = []
    event.listen(app.extensions["anhuan_engine"], "handle_error", lambda _what: broken.append(True))

    def refuse() -> None:
        if broken:
            abort(500)

    app.before_request(refuse)


def leak(app: Any) -> None:
    """Each answer leaves a few bytes behind."""
    app.before_request(lambda: KEPT.append(b"x" * 50_000))


def slow(app: Any) -> None:
    """One page in ten takes its time."""
    count = iter(range(10**9))
    app.before_request(lambda: time.sleep(1) if next(count) % 10 == 0 else None)


def torn(_app: Any) -> None:
    """An export reads each of its parts as the tables are by then."""
    batches = export_files.register_batches

    def parted(session: Any, **more: Any) -> Any:
        for rows in batches(session, **more):
            yield rows
            session.rollback()

    export_files.register_batches = parted


def halves(_app: Any) -> None:
    """A nightly file is kept step by step."""
    for name in ("_keep_before", "_new_people", "_loans", "_snapshots"):
        setattr(BookApplier, name, _kept(getattr(BookApplier, name)))


def _kept(step: Any) -> Any:
    def kept(applier: Any, *args: Any) -> None:
        step(applier, *args)
        applier.session.commit()

    return kept


def hasty(app: Any) -> None:
    """A page on SQLite waits for no writer, and shows what the database says."""

    def connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    event.listen(app.extensions["anhuan_engine"], "connect", connect)
    app.register_error_handler(OperationalError, lambda error: (str(error.orig), 500))


def forgetful(_app: Any) -> None:
    """One answer of a borrower in a hundred is confirmed and not kept."""
    keep = drafts.keep_answers

    def kept(session: Any, *args: Any, **more: Any) -> Any:
        row = keep(session, *args, **more)
        if random.random() < 0.01:
            session.rollback()
        return row

    for module in (drafts, telling, choosing):  # each has it by its name
        module.keep_answers = kept


BUGS = {
    "lost": lost,
    "deaf": deaf,
    "leak": leak,
    "slow": slow,
    "torn": torn,
    "halves": halves,
    "hasty": hasty,
    "forgetful": forgetful,
}
