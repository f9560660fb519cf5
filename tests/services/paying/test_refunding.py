"""Money is sent back by the channel that collected it: never more than came, once, whatever comes
first.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.models import PaymentRefund
from app.ports.payments import ChannelDown, ChannelRefuses, RefundNews
from app.services.core.transaction import transaction
from app.services.paying.refunding import (
    NotCollectedHere,
    RefundTooLarge,
    add_refund,
    refund_of,
    send_refunds,
)
from tests.support.money import paid
from tests.support.paying import handed, payments_of, sound, told


@pytest.fixture
def payment(session, soon, number):
    order = handed(session, soon, number)
    cashier = soon.gateways.cashier
    (said,) = cashier.act(order.number, "pay", at=soon.now)
    told(session, soon, cashier.read(said.headers, said.body), body=said.body)
    (found,) = payments_of(session)
    return found


@pytest.fixture
def ask(session, soon, payment):
    def asked(fen, key="one", of=payment) -> PaymentRefund:
        with transaction(session):
            return add_refund(session, soon, payment=of, fen=fen, request_key=key)

    return asked


def state_of(session, refund):
    session.rollback()
    session.expire_all()
    return refund_of(session, public_id=refund.public_id).state


def test_it_is_handed_to_the_channel_once_and_done(session, soon, ask):
    refund = ask(10_000)
    assert (refund.state, refund.asked_by) == ("asked", soon.actor.who)
    assert send_refunds(session, soon, limit=10) == 1
    found = refund_of(session, public_id=refund.public_id)
    assert (found.state, found.done_at is not None, bool(found.channel_ref)) == ("done", True, True)
    assert send_refunds(session, soon, limit=10) == 0
    sound(session, soon)


def test_never_more_than_came_and_one_key_once(session, ask, payment):
    first = ask(payment.fen - 1)
    assert ask(payment.fen - 1).public_id == first.public_id
    for fen in (2, 0, -1):
        with pytest.raises(RefundTooLarge):
            ask(fen, key=f"k{fen}")
    assert ask(1, key="rest").fen == 1


def test_money_that_came_otherwise_goes_back_by_bank(session, ask, number, soon):
    other = paid(session, number, fen=500, on=soon.today)
    with pytest.raises(NotCollectedHere):
        ask(100, of=other)
    with pytest.raises(NotFound):
        refund_of(session, public_id="absent")


def test_a_silent_channel_is_asked_again(session, soon, ask, monkeypatch):
    refund = ask(100)

    def down(**_values):
        raise ChannelDown

    monkeypatch.setattr(soon.gateways.cashier, "refund", down)
    assert send_refunds(session, soon, limit=10) == 0
    assert state_of(session, refund) == "asked"
    monkeypatch.undo()
    send_refunds(session, soon, limit=10)
    assert state_of(session, refund) == "done"


def test_one_that_the_channel_refuses_fails_and_may_be_asked_anew(
    session, soon, ask, payment, monkeypatch
):
    refund = ask(payment.fen)

    def refuse(**_values):
        raise ChannelRefuses("NOTENOUGH")

    monkeypatch.setattr(soon.gateways.cashier, "refund", refuse)
    send_refunds(session, soon, limit=10)
    assert state_of(session, refund) == "failed"
    assert refund_of(session, public_id=refund.public_id).reason == "NOTENOUGH"
    assert ask(payment.fen, key="again").state == "asked"


def test_a_channel_short_of_money_today_is_asked_again(session, soon, ask, monkeypatch):
    refund = ask(100)

    def refuse(**_values):
        raise ChannelRefuses("NOT_ENOUGH")

    monkeypatch.setattr(soon.gateways.cashier, "refund", refuse)
    assert send_refunds(session, soon, limit=10) == 0
    assert state_of(session, refund) == "asked"


def test_one_that_a_channel_refuses_and_has_under_way_has_not_failed(
    session, soon, ask, monkeypatch
):
    """Else it would go back a second time, by bank."""
    refund = ask(100)
    cashier = soon.gateways.cashier
    send = cashier.refund

    def sent_and_refused(**told):
        send(**told)
        raise ChannelRefuses("REPEATED")

    monkeypatch.setattr(cashier, "refund", sent_and_refused)
    send_refunds(session, soon, limit=10)
    assert state_of(session, refund) == "sent"


def test_one_that_failed_and_was_made_by_hand_is_made(session, soon, ask, payment, monkeypatch):
    refund = ask(payment.fen)

    def refuse(**_values):
        raise ChannelRefuses("ABNORMAL")

    monkeypatch.setattr(soon.gateways.cashier, "refund", refuse)
    send_refunds(session, soon, limit=10)
    assert state_of(session, refund) == "failed"
    done = RefundNews(refund.number, "x", "done", payment.fen, "R9", soon.now, "by-hand")
    assert told(session, soon, done) == "applied"
    assert state_of(session, refund) == "done"


def test_one_that_lies_at_a_bank_for_days_is_asked_ever_more_rarely(
    session, soon, ask, monkeypatch
):
    ask(100)
    cashier, asked = soon.gateways.cashier, []
    send = cashier.refund
    monkeypatch.setattr(cashier, "refund", lambda **told: replace(send(**told), fate="waiting"))
    send_refunds(session, soon, limit=10)
    waits = RefundNews("", "", "waiting", 100)
    monkeypatch.setattr(cashier, "ask_refund", lambda **told: asked.append(told) or waits)
    for minute in range(1, 1441):
        send_refunds(session, soon.at(soon.now + timedelta(minutes=minute)), limit=10)
    assert len(asked) == 10 + 35 + 18


def test_one_whose_channel_is_gone_keeps_nobody_waiting(session, soon, ask, payment, monkeypatch):
    first, second = ask(100), ask(200, key="two")
    plain = soon.gateways.cashier.refund

    def broken(**told):
        if told["refund_number"] == first.number:
            raise NotFound
        return plain(**told)

    monkeypatch.setattr(soon.gateways.cashier, "refund", broken)
    assert send_refunds(session, soon, limit=10) == 1
    assert (state_of(session, first), state_of(session, second)) == ("asked", "done")


def test_one_under_way_is_asked_after_and_its_callback_may_be_first(
    session, soon, ask, monkeypatch
):
    refund = ask(100)
    cashier = soon.gateways.cashier
    send = cashier.refund
    monkeypatch.setattr(cashier, "refund", lambda **told: replace(send(**told), fate="waiting"))
    send_refunds(session, soon, limit=10)
    assert state_of(session, refund) == "sent"
    done = RefundNews(refund.number, "x", "done", 100, "R1", soon.now, "refund-event")
    assert told(session, soon, done) == "applied"
    assert told(session, soon, replace(done, event_id="other")) == "known"
    assert state_of(session, refund) == "done"
    assert send_refunds(session, soon, limit=10) == 0


def test_news_of_a_refund_before_the_payment_is_told_moves_nothing(session, soon, number):
    order = handed(session, soon, number)
    done = RefundNews("R-not-ours", order.number, "done", 100, "R1", soon.now, "e1")
    assert told(session, soon, done) == "unknown"
    assert payments_of(session) == []


def test_a_refund_that_waits_is_nothing_yet(session, soon, ask):
    refund = ask(100)
    waits = RefundNews(refund.number, "x", "waiting", 100, "", None, "e2")
    assert told(session, soon, waits) == "nothing"
    assert state_of(session, refund) == "asked"
