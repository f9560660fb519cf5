"""Files, and those who stand on the book, wait for each other only as far as they must."""

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app.models import Loan
from app.services.core.transaction import (
    change_book,
    line_up_at_loans,
    one_file_at_a_time,
    stand_on_book,
    transaction,
)
from tests.factories import make_borrower, make_loan


@pytest.fixture
def database_kind():
    return "postgresql"


@pytest.fixture
def session(database):
    with database.sessions() as found:
        yield found


@pytest.fixture
def two_loans(session, vault):
    borrower = make_borrower(session, vault)
    ids = [make_loan(session, borrower).id for _ in range(2)]
    session.commit()
    return ids


def _at(loan_id):
    return select(Loan.id).where(Loan.id == loan_id)


def _waits(database, take) -> bool:
    """Whether someone else who takes it at once would have to wait."""
    with database.sessions() as other, transaction(other):
        other.execute(text("SET LOCAL lock_timeout = 20"))
        try:
            take(other)
        except OperationalError:
            other.rollback()
            return True
        return False


def test_on_one_loan_people_line_up_and_on_another_they_do_not(database, session, two_loans):
    with transaction(session):
        line_up_at_loans(session, loan_ids=_at(two_loans[0]))
        assert _waits(database, lambda one: line_up_at_loans(one, loan_ids=_at(two_loans[0])))
        assert not _waits(database, lambda one: line_up_at_loans(one, loan_ids=_at(two_loans[1])))
    assert not _waits(database, lambda one: line_up_at_loans(one, loan_ids=_at(two_loans[0])))


def test_who_stands_on_the_book_waits_only_for_a_file_that_changes_it(database, session):
    with transaction(session):
        one_file_at_a_time(session)
        assert not _waits(database, stand_on_book)
        assert _waits(database, one_file_at_a_time)
        change_book(session)
        assert _waits(database, stand_on_book)
    assert not _waits(database, stand_on_book)


def test_a_file_waits_until_nobody_stands_on_the_book(database, session):
    is_changed = threading.Event()

    def change():
        with database.sessions() as other, transaction(other):
            change_book(other)
            is_changed.set()

    with transaction(session):
        stand_on_book(session)
        thread = threading.Thread(target=change)
        thread.start()
        # Longer than its patience: it tries again, and what it wrote before is still there.
        assert not is_changed.wait(0.6)
    thread.join(10)
    assert is_changed.is_set()
