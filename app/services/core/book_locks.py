"""Who waits for whom while a file comes in; on SQLite writers wait for each other anyway. Never
commits.
"""

from sqlalchemy import Integer, Select, cast, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

# Namespaces of advisory locks: they take two numbers of 32 bits, marks of `line_up` one of 64.
BOOK, FILES, LOANS = 7_001, 7_002, 7_003
MOST_NUMBERS = 2**31
# Whoever comes after a file that waits for the book waits behind it, so it never waits long.
PATIENCE_MS = 250
LOCK_NOT_AVAILABLE = "55P03"


def stand_on_book(session: Session) -> None:
    """Let no file come in until the commit: what this use case reads of loans stays what is there.

    Taken before any row is locked, for a file that comes in takes it before the people it changes.
    """
    if _is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock_shared(BOOK, 0)))


def line_up_at_loans(session: Session, *, loan_ids: Select[int]) -> None:
    """Make use cases on the same loans wait for each other until the commit, and files wait for
    them. The rows themselves are left alone: a file that comes in holds many for minutes.

    Source: ADR 0064.
    """
    if _is_postgresql(session):
        stand_on_book(session)
        # One order for everyone, so that two with the same loans never wait for each other.
        loan = loan_ids.order_by(*loan_ids.selected_columns).subquery("loan")
        number = cast(next(iter(loan.c)) % MOST_NUMBERS, Integer)
        session.execute(select(func.pg_advisory_xact_lock(LOANS, number)).select_from(loan)).all()


def one_file_at_a_time(session: Session) -> None:
    """Let no other file in, and none be taken back, until the commit; everyone else goes on."""
    if _is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(FILES, 0)))


def change_book(session: Session) -> None:
    """Wait until nobody stands on the book, and let nobody on it until the commit, which is to
    follow at once.
    """
    if not _is_postgresql(session):
        return
    while not _taken(session):
        pass


def _taken(session: Session) -> bool:
    """Whether the book was taken; given up after a moment, so that those behind go on."""
    try:
        with session.begin_nested():
            session.execute(text(f"SET LOCAL lock_timeout = {PATIENCE_MS}"))
            session.execute(select(func.pg_advisory_xact_lock(BOOK, 0)))
            session.execute(text("SET LOCAL lock_timeout = 0"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
