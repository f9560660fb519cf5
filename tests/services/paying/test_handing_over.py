"""A payer is handed over: where to go on is kept, who they are stays sealed, refusals are calm."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.errors import NotFound
from app.ports.payments import ChannelDown, ChannelRefuses, Handover
from app.services.paying.handing_over import (
    ChannelSaysNo,
    ChannelSilent,
    OrderOver,
    hand_over,
    say_who,
)
from app.services.paying.records import openid_of
from tests.support.paying import borrower_of, news, opened, order_of, told


@pytest.fixture
def order(session, soon, number):
    return opened(session, soon, number)


@pytest.fixture
def hand(session, number, soon):
    borrower_id = borrower_of(session, number).id

    def handing(order, context=soon):
        hand_over(session, context, borrower_id=borrower_id, public_id=order.public_id)
        return order_of(session, order.public_id)

    return handing


@pytest.fixture
def asked(soon, monkeypatch):
    """What the channel was asked to collect."""
    seen, open_ = [], soon.gateways.cashier.open
    monkeypatch.setattr(
        soon.gateways.cashier,
        "open",
        lambda order, scene: (seen.append(order), open_(order, scene=scene))[1],
    )
    return seen


def refusing(soon, monkeypatch, problem, name="open"):
    def refuse(*_args, **_values):
        raise problem

    monkeypatch.setattr(soon.gateways.cashier, name, refuse)


def test_the_channel_is_told_what_and_where(order, hand, soon, site, asked):
    order = hand(order)
    assert (order.go_url, order.handed_at) == (f"/dev/cashier/{order.number}", soon.now)
    (told_,) = asked
    assert (told_.number, told_.fen, told_.title) == (order.number, order.fen, site.sms_signature)
    assert told_.return_url == f"{site.base_url}/pay/{order.public_id}"
    assert told_.notify_url == f"{site.base_url}/pay/notify/local"
    assert told_.expires_at == order.expires_at
    assert hand(order).go_url == order.go_url


def test_of_an_order_that_is_over_nothing_is_asked(session, order, hand, soon, asked):
    with pytest.raises(OrderOver):
        hand(order, soon.at(order.expires_at))
    told(session, soon, news(order, at=soon.now))
    assert hand(order).state == "paid"
    assert asked == []


def test_someone_elses_is_absent(session, order, soon):
    with pytest.raises(NotFound):
        hand_over(session, soon, borrower_id=order.borrower_id + 1, public_id=order.public_id)


def test_a_silent_channel_leaves_the_order_as_it_is(order, hand, soon, monkeypatch, session):
    refusing(soon, monkeypatch, ChannelDown())
    with pytest.raises(ChannelSilent):
        hand(order)
    assert order_of(session, order.public_id).state == "waiting"
    monkeypatch.undo()
    assert hand(order).go_url


def test_a_channel_that_refuses_ends_the_order(order, hand, soon, monkeypatch, session):
    refusing(soon, monkeypatch, ChannelRefuses("NO_AUTH"))
    with pytest.raises(ChannelSaysNo):
        hand(order)
    found = order_of(session, order.public_id)
    assert (found.state, found.reason) == ("closed", "refused")


def test_one_that_was_handed_over_is_not_ended_by_a_refusal(
    order, hand, soon, monkeypatch, session
):
    hand(order)
    refusing(soon, monkeypatch, ChannelRefuses("ORDERPAID"))
    with pytest.raises(ChannelSaysNo):
        hand(order)
    assert order_of(session, order.public_id).state == "waiting"


def test_inside_the_app_the_payer_says_first_who_they_are(session, soon, number, hand, monkeypatch):
    cashier = soon.gateways.cashier
    monkeypatch.setattr(
        cashier, "openid_url", lambda return_url, state: f"https://auth.example/?{state}"
    )
    monkeypatch.setattr(cashier, "openid", lambda code: f"openid-{code}")
    order = hand(opened(session, soon, number, scene="wechat"))
    assert (order.go_url, order.handed_at) == (f"https://auth.example/?{order.public_id}", None)
    said = {"borrower_id": order.borrower_id, "public_id": order.public_id, "code": "c1"}
    say_who(session, soon, **said)
    order = order_of(session, order.public_id)
    assert openid_of(soon.vault, order) == "openid-c1"
    (raw,) = session.execute(text("SELECT openid_enc FROM payment_orders")).scalars()
    assert b"openid" not in bytes(raw)
    seen = []
    monkeypatch.setattr(
        cashier, "open", lambda order, scene: seen.append(order) or Handover(script={"a": "b"})
    )
    order = hand(order)
    assert (order.go_url, order.go_script) == ("", {"a": "b"})
    assert seen[0].openid == "openid-c1"
    # Over, it is gone.
    told(session, soon, news(order, at=soon.now + timedelta(seconds=9)))
    assert order_of(session, order.public_id).openid_enc is None


@pytest.mark.parametrize(
    ("problem", "refusal"),
    [(ChannelDown(), ChannelSilent), (ChannelRefuses("40029"), ChannelSaysNo)],
)
def test_a_word_that_is_no_good_keeps_nothing(session, order, soon, monkeypatch, problem, refusal):
    refusing(soon, monkeypatch, problem, "openid")
    said = {"borrower_id": order.borrower_id, "public_id": order.public_id, "code": "c1"}
    with pytest.raises(refusal):
        say_who(session, soon, **said)
    assert order_of(session, order.public_id).openid_enc is None
