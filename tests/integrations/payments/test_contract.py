"""What every channel that collects money keeps to: one contract, tried on each of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.calendar import beijing_date
from app.ports.payments import ChannelDown, ChannelRefuses, News, NotGenuine, RefundNews
from tests.support.channels.payers import CHANNELS, order, payer_at
from tests.support.clock import NOW

UNTIL_NOON = timedelta(days=1, hours=4)


@pytest.fixture(params=CHANNELS)
def payer(request, clock, tmp_path):
    found = payer_at(request.param, clock, tmp_path)
    yield found
    found.stop()


@pytest.fixture
def opened(payer):
    """An order of 80.01 yuan to which its payer came."""
    payer.open(order("T1", 8001, payer.clock))
    return "T1"


def read(payer, callback):
    headers, body = callback
    return payer.channel.read(headers, body)


def test_it_says_who_it_is(payer):
    assert payer.channel.channel in ("微信支付", "支付宝", "本地收银台")
    assert payer.channel.code in ("wechat", "alipay", "local")
    assert "browser" in payer.channel.scenes()


def test_an_order_waits_until_it_is_paid(payer, opened):
    assert payer.channel.ask(opened) == News(opened, "waiting")


def test_the_same_order_opens_again_and_stays_one(payer, opened):
    payer.open(order(opened, 8001, payer.clock))
    payer.pay(opened)
    assert payer.channel.ask(opened).fen == 8001


def test_an_order_it_never_saw_is_unknown(payer):
    assert payer.channel.ask("T9") == News("T9", "unknown")


def test_a_payment_is_told_alike_by_callback_and_by_asking(payer, opened):
    payer.clock.advance(minutes=3)
    paid_at = payer.clock.now()
    called = read(payer, payer.pay(opened))
    payer.clock.advance(minutes=1)
    asked = payer.channel.ask(opened)

    assert (called.fate, called.fen, called.order_number) == ("paid", 8001, opened)
    assert called.paid_at == paid_at
    assert called.channel_ref
    assert called.event_id
    assert asked == replace(called, event_id=asked.event_id)


def test_a_callback_repeated_hours_later_is_the_same_telling(payer, opened):
    first = read(payer, payer.pay(opened))
    payer.clock.advance(hours=15)
    assert read(payer, payer.again(opened)) == first


def test_two_orders_have_two_payments(payer, opened):
    payer.open(order("T2", 8001, payer.clock))
    first, second = read(payer, payer.pay(opened)), read(payer, payer.pay("T2"))
    assert first.channel_ref != second.channel_ref
    assert first.event_id != second.event_id


def test_a_callback_signed_by_a_stranger_is_not_genuine(payer, opened):
    payer.pay(opened)
    with pytest.raises(NotGenuine):
        read(payer, payer.forged(opened))


def test_no_byte_of_a_callback_can_be_changed(payer, opened):
    headers, body = payer.pay(opened)
    for at in range(0, len(body), max(1, len(body) // 40)):
        spoiled = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(NotGenuine):
            payer.channel.read(headers, spoiled)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff\xfe", b"a=1&b=2", b"null", b"x" * 999])
def test_what_is_no_callback_is_not_genuine(payer, opened, body):
    headers, _body = payer.pay(opened)
    for sent in (headers, {}):
        with pytest.raises(NotGenuine):
            payer.channel.read(sent, body)


def test_thanks_are_as_it_wants_them(payer):
    body, kind = payer.channel.thanks()
    assert (b"success" in body.lower(), "/" in kind) == (True, True)


class TestClosing:
    def test_a_closed_order_is_paid_no_more(self, payer, opened):
        payer.channel.close(opened)
        assert payer.channel.ask(opened).fate == "closed"

    def test_twice_and_unknown_is_fine(self, payer, opened):
        payer.channel.close(opened)
        payer.channel.close(opened)
        payer.channel.close("T9")

    def test_a_paid_order_is_not_closed(self, payer, opened):
        payer.pay(opened)
        with pytest.raises(ChannelRefuses):
            payer.channel.close(opened)
        assert payer.channel.ask(opened).fate == "paid"


class TestRefunds:
    @pytest.fixture
    def paid(self, payer, opened):
        payer.pay(opened)
        return opened

    def back(self, payer, number, fen, refund="R1"):
        return payer.channel.refund(order_number=number, refund_number=refund, fen=fen, of_fen=8001)

    def test_a_refund_is_one_however_often_it_is_asked_for(self, payer, paid):
        first = self.back(payer, paid, 4000)
        assert (first.refund_number, first.order_number, first.fen) == ("R1", paid, 4000)
        assert first.fate in ("done", "waiting")
        assert self.back(payer, paid, 4000).fen == 4000
        # Had the first gone twice there would be no room for the rest.
        self.back(payer, paid, 4001, refund="R2")

    def test_its_fate_can_be_asked(self, payer, paid):
        asked = self.back(payer, paid, 1)
        found = payer.channel.ask_refund(order_number=paid, refund_number="R1")
        assert (found.fen, found.channel_ref, found.fate) == (1, asked.channel_ref, asked.fate)
        assert (found.done_at is None) == (found.fate == "waiting")

    def test_what_was_never_asked_for_is_unknown(self, payer, paid):
        found = payer.channel.ask_refund(order_number=paid, refund_number="R9")
        assert found == RefundNews("R9", paid, "unknown")
        assert payer.channel.ask_refund(order_number="T9", refund_number="R9").fate == "unknown"

    def test_more_than_came_does_not_go_back(self, payer, paid):
        self.back(payer, paid, 8000)
        with pytest.raises(ChannelRefuses):
            self.back(payer, paid, 2, refund="R2")

    def test_nothing_goes_back_of_what_never_came(self, payer, opened):
        with pytest.raises(ChannelRefuses):
            self.back(payer, opened, 1)

    @pytest.mark.parametrize("fen", [1, 8001])
    def test_a_payment_stays_one_whatever_went_back(self, payer, paid, fen):
        before = payer.channel.ask(paid)
        self.back(payer, paid, fen)
        assert payer.channel.ask(paid) == before
        with pytest.raises(ChannelRefuses):
            payer.channel.close(paid)


class TestStatements:
    def test_a_day_holds_what_was_paid_and_sent_back(self, payer, opened):
        told = read(payer, payer.pay(opened))
        back = payer.channel.refund(order_number=opened, refund_number="R1", fen=3000, of_fen=8001)
        payer.clock.advance(days=1)
        day = beijing_date(NOW)
        payer.close_day(day)
        paid, sent = sorted(payer.channel.statement(day), key=lambda one: one.kind)

        assert (paid.kind, paid.order_number, paid.fen) == ("payment", opened, 8001)
        assert paid.channel_ref == told.channel_ref
        assert 0 < paid.fee_fen < 100
        assert beijing_date(paid.at) == day
        assert (sent.kind, sent.refund_number, sent.fen) == ("refund", "R1", 3000)
        assert (sent.order_number, sent.channel_ref) == (opened, back.channel_ref)
        assert sent.fee_fen <= 0

    def test_a_day_that_goes_on_has_none_yet(self, payer):
        with pytest.raises(ChannelDown):
            list(payer.channel.statement(beijing_date(payer.clock.now())))

    def test_a_day_without_payments_has_an_empty_one(self, payer):
        payer.clock.advance(seconds=UNTIL_NOON.total_seconds())
        assert list(payer.channel.statement(beijing_date(NOW))) == []
