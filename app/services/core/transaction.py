"""The one commit of a use case, and the one unchanging view of a long reading."""

from collections.abc import Iterator
from contextlib import contextmanager

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
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes outside a use case")
    session.rollback()
    session.info[RUNNING] = True
    try:
        session.connection(execution_options={"anhuan_write": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[RUNNING] = False


@contextmanager
def one_view(session: Session) -> Iterator[None]:
    """Read in many queries what was true at one instant, whatever others commit meanwhile. Nothing
    can be written.

    PostgreSQL: REPEATABLE READ READ ONLY; SQLite: one read transaction.
    """
    session.rollback()
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    session.connection(
        execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        if is_postgresql
        else {}
    )
    try:
        yield
    finally:
        session.rollback()
