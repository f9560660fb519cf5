"""The version the next one is made from: the one that will be in force last."""

from datetime import timedelta

from app.services.policies.latest_queries import earliest_day, latest_version
from tests.support.acting import acting
from tests.support.policies import activate, edited


def test_of_what_releases_brought_the_one_that_is_marked(session):
    assert latest_version(session).version == "2026-11-01.2"
    assert earliest_day(session, acting()) == acting().today


def test_one_that_waits_for_its_day_comes_after_the_one_in_force(session, wu, chen):
    version = activate(session, chen, edited(session, wu, hand_in=7, grace_days=5))
    assert latest_version(session).version == version
    assert earliest_day(session, acting()) == acting().today + timedelta(days=7)
