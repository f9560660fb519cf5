"""Orders of which nothing is heard: asked for in time, closed when they expired, safe again and
again.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import ProviderEvent
from app.ports.payments import ChannelDown
from app.services.paying.asking import ask_order, ask_silent, take_left
from app.services.paying.records import ASK_AFTER_MINUTES
from app.services.paying.tellings import keep_telling
from tests.support.paying import (
    borrower_of,
    handed,
    news,
    opened,
    order_of,
    payments_of,
    receipts,
    sound,
    told,
)


@pytest.fixture
def order(session, soon, number):
    return handed(session, soon, number)


def pay(soon, order, *, after=60):
    soon.gateways.cashier.act(order.number, "pay_silently", at=soon.now + timedelta(seconds=after))


@pytest.mark.parametrize("paid_after", [1, 59, 61, 301, 599, 899])
def test_a_lost_callback_is_found_within_a_quarter_of_an_hour(session, soon, order, paid_after):
    pay(soon, order, after=paid_after)
    for minute in range(1, 31):
        if soon.now + timedelta(minutes=minute) < soon.now + timedelta(seconds=paid_after):
            continue
        now = soon.at(soon.now + timedelta(minutes=minute))
        ask_silent(session, now, limit=10)
        if order_of(session, order.public_id).state == "paid":
            break
    assert timedelta(minutes=minute) - timedelta(seconds=paid_after) <= timedelta(minutes=15)
    assert len(payments_of(session)) == receipts(session) == 1
    sound(session, soon)


def test_a_channel_is_asked_ever_more_rarely_and_at_the_end(session, soon, order, monkeypatch):
    asked = []
    ask = soon.gateways.cashier.ask
    monkeypatch.setattr(
        soon.gateways.cashier, "ask", lambda number: (asked.append(number), ask(number))[1]
    )
    seen = []
    for minute in range(1, 20):
        before = len(asked)
        ask_silent(session, soon.at(soon.now + timedelta(minutes=minute)), limit=10)
        if len(asked) > before:
            seen.append(minute)
    assert seen[0] == ASK_AFTER_MINUTES[0]
    assert 15 in seen
    assert len(seen) <= 7


def test_what_expired_unpaid_is_closed_there_and_here(session, soon, order):
    late = soon.at(soon.now + timedelta(minutes=15))
    assert ask_silent(session, late, limit=10) == 1
    order = order_of(session, order.public_id)
    assert (order.state, order.reason, order.ask_at) == ("closed", "expired", None)
    assert (order.go_url, order.go_script, order.openid_enc) == ("", {}, None)
    assert soon.gateways.cashier.ask(order.number).fate == "closed"
    assert ask_silent(session, late, limit=10) == 0


def test_one_that_was_never_handed_over_is_closed_too(session, soon, number):
    order = opened(session, soon, number)
    ask_silent(session, soon.at(soon.now + timedelta(minutes=16)), limit=10)
    assert order_of(session, order.public_id).state == "closed"


def test_one_of_which_nothing_can_be_known_is_not_closed(session, soon, order, monkeypatch):
    def down(_number):
        raise ChannelDown

    monkeypatch.setattr(soon.gateways.cashier, "ask", down)
    for minute in range(1, 60):
        ask_silent(session, soon.at(soon.now + timedelta(minutes=minute)), limit=10)
    assert order_of(session, order.public_id).state == "waiting"
    monkeypatch.undo()
    pay(soon, order)
    ask_silent(session, soon.at(soon.now + timedelta(minutes=90)), limit=10)
    assert order_of(session, order.public_id).state == "paid"


def test_money_that_overtakes_the_end_is_found(session, soon, order, monkeypatch):
    close = soon.gateways.cashier.close

    def paid_meanwhile(number):
        pay(soon, order)
        close(number)

    monkeypatch.setattr(soon.gateways.cashier, "close", paid_meanwhile)
    ask_silent(session, soon.at(soon.now + timedelta(minutes=15)), limit=10)
    assert order_of(session, order.public_id).state == "waiting"
    ask_silent(session, soon.at(soon.now + timedelta(minutes=25)), limit=10)
    assert order_of(session, order.public_id).state == "paid"


def test_its_borrower_asks_at_once_and_a_tap_right_after_asks_nobody(session, soon, number, order):
    borrower_id = borrower_of(session, number).id

    def ask(seconds):
        now = soon.at(soon.now + timedelta(seconds=seconds))
        return ask_order(session, now, borrower_id=borrower_id, public_id=order.public_id)

    assert ask(10) == "waiting"
    pay(soon, order, after=11)
    assert ask(12) == "waiting"
    assert ask(14) == "paid"
    assert ask(15) == "paid"
    with pytest.raises(NotFound):
        ask_order(session, soon, borrower_id=borrower_id + 1, public_id=order.public_id)


def test_what_was_stored_and_not_done_with_is_done(session, soon, order):
    keep_telling(session, soon, provider="local", news=news(order, at=soon.now), body=b"{}")
    assert take_left(session, soon.at(soon.now + timedelta(seconds=19)), limit=10) == 0
    assert ask_silent(session, soon.at(soon.now + timedelta(seconds=20)), limit=10) == 1
    assert order_of(session, order.public_id).state == "paid"
    assert session.scalars(select(ProviderEvent.state)).all() == ["applied"]
    sound(session, soon)


def test_what_is_told_twice_is_asked_for_no_more(session, soon, order):
    pay(soon, order)
    told(
        session,
        soon,
        news(order, ref=soon.gateways.cashier.ask(order.number).channel_ref, at=soon.now),
    )
    assert ask_silent(session, soon.at(soon.now + timedelta(minutes=2)), limit=10) == 0
    assert len(payments_of(session)) == 1
