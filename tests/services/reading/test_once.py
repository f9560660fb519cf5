"""What a page asks for once: the same in one reading, anew after it and in a use case."""

import pytest
from sqlalchemy import select

from app.models import ReasonCode
from app.services.core.transaction import transaction
from app.services.reading.once import MOST_READ, read_once


def counted(session):
    """Ask for how many reasons there are, as a page does; tells how often it was really asked."""
    asked = []

    def read():
        asked.append(None)
        return len(session.scalars(select(ReasonCode.code)).all())

    return asked, lambda *key: read_once(session, "reasons", *key, read=read)


def test_a_page_reads_the_same_once(session):
    asked, count = counted(session)
    assert count() == count(1) == count()
    assert len(asked) == 2


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_what_follows_a_commit_is_read_anew(session, end):
    asked, count = counted(session)
    before = count()
    session.add(ReasonCode(code="x", answer="refuse", words="x", position=99, is_active=True))
    getattr(session, end)()
    assert count() == before + (end == "commit")
    assert len(asked) == 2


def test_a_use_case_reads_anew(session):
    asked, count = counted(session)
    before = count()
    with transaction(session):
        session.add(ReasonCode(code="x", answer="refuse", words="x", position=99, is_active=True))
        assert count() == before + 1
        assert count() == before + 1
    assert count() == before + 1
    assert len(asked) == 4


def test_parts_read_within_are_kept_too(session):
    asked, count = counted(session)
    assert read_once(session, "page", read=lambda: count() + 1) == count() + 1
    assert len(asked) == 1


def test_a_long_reading_keeps_few(session):
    asked, count = counted(session)
    for key in range(MOST_READ + 1):
        count(key)
    count(0)
    assert len(asked) == MOST_READ + 2
