"""The one commit of a use case, and the one unchanging view of a long reading."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

RUNNING = "anhuan_use_case"


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Run one use case as one write transaction: commit at the end, roll back on any error.

    A read transaction left open by the page ends first, so that SQLite takes the write lock before
    the first read (BEGIN IMMEDIATE) and no update is lost.
    Raises: RuntimeError when use cases are nested or unsaved changes were left in the session.
    """
    if session.info.get(RUNNING):
        raise RuntimeError("a use case may not call another")
    # A page that changed a row by mistake would have it committed by the next use case, without an
    # audit entry.
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes outside a use case")

    # What was read so far is read anew under the lock. Deciding on a stale row is how updates are
    # lost.
    session.rollback()
    session.info[RUNNING] = True
    try:
        # Read by the engine's begin event: BEGIN IMMEDIATE on SQLite, so that a writer waits here
        # and not at its first write, where waiting is no longer possible (ADR 0002).
        session.connection(execution_options={"anhuan_write": True})
        yield
        session.commit()
    except BaseException:
        # Also at a keyboard interrupt or a worker that is told to stop: nothing may be left
        # half-open.
        session.rollback()
        raise
    finally:
        session.info[RUNNING] = False


def line_up(session: Session, *marks: str) -> None:
    """Make use cases that share a mark (a keyed hash) wait for each other until the commit, so that
    what they count is what is there; SQLite's writers do so anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    # An advisory lock takes 63 bits and needs no row: there is none for numbers that nobody has.
    # One order for everyone, so that two with the same marks never wait for each other.
    for number in sorted({int(mark[:15], 16) for mark in marks}):
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


@contextmanager
def one_view(session: Session) -> Iterator[None]:
    """Read in many queries what was true at one instant, whatever others commit meanwhile. Nothing
    can be written.

    PostgreSQL: REPEATABLE READ READ ONLY; SQLite: one read transaction.
    """
    # Ends whatever the page has read. A view has to begin with its first query, not with an earlier
    # one.
    session.rollback()
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    # SQLite needs no option: a read transaction there sees one state of the file anyway.
    one_state = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    session.connection(execution_options=one_state if is_postgresql else {})

    try:
        yield
    finally:
        session.rollback()
