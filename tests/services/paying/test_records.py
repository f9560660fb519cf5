"""Orders as rows: when a channel is asked next, and what goes when an order is over."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.repayments.directory import Destination
from app.services.paying.records import channel_of, destination_of, end_order, next_ask
from tests.support.money import plan_of
from tests.support.paying import opened


def test_it_is_asked_ever_later_and_never_sleeps_through_the_end(session, soon, number):
    order = opened(session, soon, number)
    assert next_ask(order, now=soon.now) == soon.now + timedelta(minutes=1)
    order.asked = 99
    assert next_ask(order, now=soon.now) == soon.now + timedelta(minutes=5)
    late = order.expires_at - timedelta(minutes=1)
    assert next_ask(order, now=late) == order.expires_at
    assert next_ask(order, now=order.expires_at) > order.expires_at


def test_over_it_keeps_nothing_of_the_payer(session, soon, number):
    order = opened(session, soon, number)
    order.openid_enc, order.go_url = b"x", "https://x"
    end_order(order, state="closed", at=soon.now, reason="expired")
    assert (order.openid_enc, order.go_url, order.ask_at) == (None, "", None)
    assert (order.closed_at, order.reason) == (soon.now, "expired")


def test_it_names_its_plan_and_its_channel(session, soon, number):
    order = opened(session, soon, number)
    plan = plan_of(session, number).number
    assert destination_of(session, order=order) == Destination("plan", plan)
    assert channel_of(soon, provider=order.provider).channel == order.channel
    with pytest.raises(NotFound):
        channel_of(soon, provider="none")
