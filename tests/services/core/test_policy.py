"""The policy in force: the active version, read once a session."""

import pytest
from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import NoResultFound

from app.models import PolicyVersion
from app.services.core.policy import CACHED, active_policy
from tests.support.clock import NOW


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
