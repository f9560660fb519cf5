"""A certificate comes and goes in the very transaction in which money does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.calendar import midnight
from app.models import Certificate
from app.services.core.transaction import transaction
from app.services.upholding.following import follow
from tests.support.acting import acting
from tests.support.certificates import paid_off, signed_of
from tests.support.clock import NOW
from tests.support.money import plan_of, taken_back

DAY = (NOW + timedelta(days=3)).date()


@pytest.fixture
def number(session, vault, site):
    return signed_of(session, vault, site)


@pytest.fixture
def act(session, vault, site, number):
    def act(days):
        """Follow the plan at half past two at night."""
        at = midnight(DAY + timedelta(days=days)) + timedelta(hours=2, minutes=30)
        plan = plan_of(session, number).id
        session.rollback()
        with transaction(session):
            follow(session, acting(now=at, vault=vault, site=site), plan_ids=[plan])

    return act


def certificates(session):
    query = select(Certificate).order_by(Certificate.id)
    return [
        (one.text["number"][-2:], one.text["completed_on"], one.withdrawn_at is None)
        for one in session.scalars(query)
    ]


def test_at_night_too_it_is_there_with_the_last_money_and_only_once(session, number, act):
    act(0)
    assert certificates(session) == []
    paid_off(session, number, on=DAY)
    for days in (0, 0, 5):
        act(days)
        assert certificates(session) == [("-1", DAY.isoformat(), True)]


def test_money_taken_back_withdraws_it_and_money_that_comes_again_brings_another(
    session, number, act
):
    payment = paid_off(session, number, on=DAY)
    act(0)
    taken_back(session, payment, number, on=DAY + timedelta(days=1))
    act(1)
    assert certificates(session) == [("-1", DAY.isoformat(), False)]
    again = DAY + timedelta(days=2)
    paid_off(session, number, on=again)
    act(2)
    assert certificates(session)[1:] == [("-2", again.isoformat(), True)]
