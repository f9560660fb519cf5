"""The policy in force: the active version, read once a session."""

import pytest
from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import NoResultFound

from app.db import make_session_factory
from app.models import PolicyVersion
from app.services.core.policy import (
    CACHED,
    KNOWN,
    active_policy,
    forget_policy,
    in_force,
    tell_in_force,
)
from tests.support.clock import NOW
from tests.support.counting import statements


def test_the_active_version_is_in_force_with_its_own_values(session):
    first = session.scalars(select(PolicyVersion).where(PolicyVersion.is_active)).one()
    session.execute(update(PolicyVersion).values(is_active=False))
    session.execute(
        insert(PolicyVersion).values(
            version="2027-01-01.1",
            values=first.values | {"version": "2027-01-01.1", "grace_days": 5},
            made_by="staff:a",
            made_at=NOW,
            is_active=True,
        )
    )
    session.commit()
    version, policy = active_policy(session)
    assert (version, policy.version, policy.kept.grace_days) == ("2027-01-01.1", "2027-01-01.1", 5)
    assert policy.amounts.ceiling_ppm == first.values["ceiling_ppm"]


def test_a_session_asks_once(session):
    seen = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *_: seen.append(1))
    assert active_policy(session) is active_policy(session)
    assert len(seen) == 1


def test_without_one_nothing_goes_on_and_nothing_is_remembered(session):
    session.execute(update(PolicyVersion).values(is_active=False))
    with pytest.raises(NoResultFound):
        active_policy(session)
    assert CACHED not in session.info


@pytest.fixture
def made_alike(database):
    """Sessions as the application makes them, and a count of how often a policy's values are
    read.
    """
    sessions = make_session_factory(database.engine, **{KNOWN: {}})
    with statements(database.engine) as seen:
        yield sessions, lambda: sum("policy_versions.made_at" in one for one in seen)


def policy_of_a_page(sessions):
    """As a page begins: who is signed in and which policy is in force come by one query."""
    with sessions() as session:
        tell_in_force(session, policy_id=session.scalar(select(in_force(by_day=False))))
        return active_policy(session)


def put_in_force(session, **changed):
    first = session.scalars(select(PolicyVersion).where(PolicyVersion.is_active)).one()
    session.execute(update(PolicyVersion).values(is_active=False))
    values = {**first.values, "version": "2027-01-01.1", **changed}
    made = {"made_by": "staff:a", "made_at": NOW, "is_active": True}
    session.add(PolicyVersion(version="2027-01-01.1", values=values, **made))
    session.flush()


def test_pages_read_the_values_of_a_version_once(made_alike):
    sessions, reads = made_alike
    first = policy_of_a_page(sessions)
    assert policy_of_a_page(sessions) is first
    assert reads() == 1


def test_a_version_that_comes_into_force_counts_from_the_next_page_on(made_alike):
    sessions, _reads = made_alike
    before = policy_of_a_page(sessions)[1]
    with sessions.begin() as session:
        put_in_force(session, grace_days=5)
    assert before.kept.grace_days == 3
    assert policy_of_a_page(sessions)[1].kept.grace_days == 5


def test_what_was_taken_back_is_not_remembered(made_alike):
    sessions, _reads = made_alike
    before = policy_of_a_page(sessions)
    with sessions() as session:
        tell_in_force(session, policy_id=session.scalar(select(in_force(by_day=False))))
        put_in_force(session, grace_days=5)
        forget_policy(session)
        assert active_policy(session)[1].kept.grace_days == 5
        session.rollback()
    with sessions.begin() as session:
        put_in_force(session, grace_days=7)
    assert before[1].kept.grace_days == 3
    assert policy_of_a_page(sessions)[1].kept.grace_days == 7
