"""One use case, one commit."""

import pytest
from sqlalchemy import select, text

from app.models import AuditHead, ReasonCode
from app.services.core.transaction import rehearse, transaction
from tests.support.races import run_together


def test_a_use_case_may_not_call_another(session):
    with pytest.raises(RuntimeError, match="another"), transaction(session), transaction(session):
        pass


def test_changes_outside_a_use_case_are_refused(session):
    session.add(ReasonCode(code="x", answer="refuse", words="x", position=99, is_active=True))
    with pytest.raises(RuntimeError, match="outside"), transaction(session):
        pass
    session.expunge_all()


def test_an_error_leaves_nothing(session):
    def fail_half_way():
        with transaction(session):
            session.add(
                ReasonCode(code="x", answer="refuse", words="x", position=99, is_active=True)
            )
            session.flush()
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        fail_half_way()
    assert session.get(ReasonCode, "x") is None


def test_a_rehearsal_tells_what_it_did_and_leaves_nothing(session):
    def steps():
        session.add(ReasonCode(code="x", answer="refuse", words="x", position=99, is_active=True))
        session.flush()
        return session.get(ReasonCode, "x").words

    assert rehearse(session, steps=steps) == "x"
    assert session.get(ReasonCode, "x") is None


def test_what_is_refused_in_a_rehearsal_is_told(session):
    def refuse():
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        rehearse(session, steps=refuse)


@pytest.mark.race
def test_no_update_is_lost(database):
    def add_one(_number):
        with database.sessions() as session:
            session.scalar(select(AuditHead.seq))  # a page reads before it writes
            with transaction(session):
                head = session.scalars(select(AuditHead).with_for_update()).one()
                head.seq += 1

    assert run_together(add_one, threads=40) == [None] * 40
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT seq FROM audit_head")) == 40


def test_sqlite_is_durable_and_keeps_foreign_keys(database):
    if database.kind != "sqlite":
        with database.engine.connect() as connection:
            assert connection.scalar(text("SHOW timezone")) == "UTC"
        return
    with database.engine.connect() as connection:
        found = [
            connection.scalar(text(f"PRAGMA {name}"))
            for name in ("foreign_keys", "journal_mode", "synchronous")
        ]
    assert found == [1, "wal", 2]
