"""A nightly file taken in, and what is stored of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from app.models import Loan
from app.services.core.context import Actor
from app.services.nightly.importing import import_book
from tests.support.acting import acting
from tests.support.books import ListBook

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


@pytest.fixture
def take_in(session, vault):
    def take(*rows, book=None, now=NOW, **options):
        book = book or ListBook(list(rows))
        return import_book(
            session,
            acting(now=now, actor=Actor("cli:import-book"), vault=vault),
            book=book,
            **options,
        )

    return take


@pytest.fixture
def count(session):
    return lambda model: session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def loan(session):
    def find(number=1):
        session.expire_all()
        return session.scalars(select(Loan).where(Loan.ref == f"JJ1{number:07d}")).one_or_none()

    return find
