"""The one commit of a use case, the one unchanging view of a long reading, and who waits for whom
while a nightly file comes in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Integer, Select, cast, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.errors import DomainError
from app.services.reading.once import RUNNING

# By which rule the last use case was refused: its code, for those who count.
REFUSED = "anhuan_refused"
Shown = TypeVar("Shown")
# Namespaces of advisory locks: they take two numbers of 32 bits, marks of `line_up` one of 64.
BOOK, FILES, LOANS, MONEY = 7_001, 7_002, 7_003, 7_004
MOST_NUMBERS = 2**31
# Whoever comes after a file that waits for the book waits behind it, so it never waits long.
PATIENCE_MS = 250
LOCK_NOT_AVAILABLE = "55P03"


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
    except BaseException as problem:
        # Also at a keyboard interrupt or a worker that is told to stop: nothing may be left
        # half-open.
        session.rollback()
        if isinstance(problem, DomainError):
            session.info[REFUSED] = problem.code
        raise
    finally:
        session.info[RUNNING] = False


def rehearse(session: Session, *, steps: Callable[[], Shown]) -> Shown:
    """Run the steps of a use case as one transaction, and roll all of it back; return what they
    told: exactly what the use case would bring.

    Raises: as transaction, and what the steps raise.
    """
    told: list[Shown] = []
    try:
        with transaction(session):
            told.append(steps())
            raise _RehearsalEnds
    except _RehearsalEnds:
        return told[0]


class _RehearsalEnds(Exception):
    """Takes a rehearsal out of its transaction."""


def line_up(session: Session, *marks: str) -> None:
    """Make use cases that share a mark (a keyed hash) wait for each other until the commit, so that
    what they count is what is there; SQLite's writers do so anyway.
    """
    if not is_postgresql(session):
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
    # SQLite needs no option: a read transaction there sees one state of the file anyway.
    one_state = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    session.connection(execution_options=one_state if is_postgresql(session) else {})

    try:
        yield
    finally:
        session.rollback()


def stand_on_book(session: Session) -> None:
    """Let no file come in until the commit: what this use case reads of loans stays what is there.

    Taken before any row is locked, for a file that comes in takes it before the people it changes.
    """
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock_shared(BOOK, 0)))


def line_up_at_loans(session: Session, *, loan_ids: Select[int]) -> None:
    """Make use cases on the same loans wait for each other until the commit, and files wait for
    them. The rows themselves are left alone: a file that comes in holds many for minutes.

    Source: ADR 0064.
    """
    if is_postgresql(session):
        stand_on_book(session)
        # One order for everyone, so that two with the same loans never wait for each other.
        loan = loan_ids.order_by(*loan_ids.selected_columns).subquery("loan")
        number = cast(next(iter(loan.c)) % MOST_NUMBERS, Integer)
        session.execute(select(func.pg_advisory_xact_lock(LOANS, number)).select_from(loan)).all()


def take_time(session: Session) -> None:
    """Let the statements of this use case take as long as they do, also behind a page; how long one
    waits for a lock stays bounded.
    """
    if is_postgresql(session):
        session.execute(text("SET LOCAL statement_timeout = 0"))


def one_file_at_a_time(session: Session) -> None:
    """Let no other file in, and none be taken back, until the commit; everyone else goes on."""
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(FILES, 0)))


def one_batch_of_money_at_a_time(session: Session) -> None:
    """Let no other file of repayments store its lines until the commit, so that one line brought
    twice at once is seen; everyone else goes on.
    """
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(MONEY, 0)))


def let_no_batch_of_money_in(session: Session) -> None:
    """Let no file of repayments store lines until the commit, so that money which a channel tells
    is not stored a second time from a file; others who tell of money go on.
    """
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock_shared(MONEY, 0)))


def change_book(session: Session) -> None:
    """Wait until nobody stands on the book, and let nobody on it until the commit, which is to
    follow at once.
    """
    if not is_postgresql(session):
        return
    while not _taken(session):
        pass


def _taken(session: Session) -> bool:
    """Whether the book was taken; given up after a moment, so that those behind go on."""
    try:
        with session.begin_nested():
            before = session.scalar(text("SHOW lock_timeout"))
            session.execute(text(f"SET LOCAL lock_timeout = {PATIENCE_MS}"))
            session.execute(select(func.pg_advisory_xact_lock(BOOK, 0)))
            session.execute(select(func.set_config("lock_timeout", before, True)))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def is_postgresql(session: Session) -> bool:
    """Whether several may write at once here: SQLite has one writer."""
    return session.get_bind().dialect.name == "postgresql"
