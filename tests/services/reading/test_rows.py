"""Rows past the ORM: those of the session's transaction, and of a use case what it has changed."""

from sqlalchemy import bindparam, select

from app.models import ReasonCode
from app.services.core.transaction import transaction
from app.services.reading.rows import rows_of

REASONS = select(ReasonCode.code, ReasonCode.is_active).where(ReasonCode.code == bindparam("code"))


def found(session):
    return [tuple(one) for one in rows_of(session, statement=REASONS, given={"code": "x"})]


def test_a_page_reads_what_its_transaction_sees(session):
    assert found(session) == []
    session.add(ReasonCode(code="x", answer="refuse", words="x", position=99, is_active=True))
    session.flush()
    assert found(session) == [("x", True)]
    session.rollback()
    assert found(session) == []


def test_a_use_case_reads_what_it_has_changed(session):
    with transaction(session):
        session.add(ReasonCode(code="x", answer="refuse", words="x", position=99, is_active=True))
        assert found(session) == [("x", True)]
