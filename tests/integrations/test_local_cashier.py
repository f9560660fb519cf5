"""The local cashier: pays as it is told to, signs what it tells, believes nothing that is not its
own.
"""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from app.integrations.payments.local import AT, SIGNATURE, LocalCashier
from app.ports.payments import ChannelDown, ChannelRefuses, NotGenuine, OrderToPay
from tests.support.clock import FixedClock

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KEY = "k" * 40


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def cashier(tmp_path, clock):
    return LocalCashier(tmp_path / "cashier" / "orders.json", KEY, clock=clock)


@pytest.fixture
def order():
    return OrderToPay(
        "N1",
        1_000,
        "澄明消金",
        NOW + timedelta(minutes=15),
        "http://127.0.0.1:8000/pay/x",
        "http://127.0.0.1:8000/pay/notify/local",
    )


@pytest.fixture
def opened(cashier, order):
    assert cashier.open(order, scene="browser").url == "/dev/cashier/N1"
    return cashier


def test_the_same_order_opens_once_and_another_sum_not(opened, order):
    assert opened.open(order, scene="browser").url == "/dev/cashier/N1"
    with pytest.raises(ChannelRefuses, match="ORDER_CHANGED"):
        opened.open(OrderToPay("N1", 2, *[""] * 1, NOW, "", ""), scene="browser")


def test_what_is_paid_is_told_and_is_the_same_when_asked(opened, clock):
    assert opened.ask("N1").fate == "waiting"
    (said,) = opened.act("N1", "pay", at=NOW)
    news = opened.read(said.headers, said.body)
    assert said.url.endswith("/pay/notify/local")
    assert (news.order_number, news.fate, news.fen, news.paid_at) == ("N1", "paid", 1_000, NOW)
    asked = opened.ask("N1")
    assert (asked.channel_ref, asked.fen) == (news.channel_ref, news.fen)
    assert opened.order("N1").fate == "paid"


def test_twice_silently_late_and_not_at_all(opened):
    told = opened.act("N1", "pay_twice", at=NOW)
    refs = {opened.read(one.headers, one.body).channel_ref for one in told}
    assert len(refs) == 2
    assert len(opened.late("N1")) == 2
    assert opened.act("N1", "fail", at=NOW) == ()
    assert opened.late("absent") == ()


def test_silently_paid_nothing_is_told_at_once(opened):
    assert opened.act("N1", "pay_silently", at=NOW) == ()
    assert opened.ask("N1").fate == "paid"


def test_a_channel_that_does_not_answer_answers_the_next_time(opened):
    opened.act("N1", "time_out", at=NOW)
    with pytest.raises(ChannelDown):
        opened.ask("N1")
    assert opened.ask("N1").fate == "waiting"


def test_closed_or_expired_it_takes_no_money(opened):
    assert opened.act("N1", "pay", at=NOW + timedelta(minutes=15)) == ()
    opened.close("N1")
    opened.close("absent")
    assert opened.act("N1", "pay", at=NOW) == ()
    assert opened.ask("N1").fate == "closed"
    assert opened.ask("absent").fate == "unknown"
    assert opened.order("absent") is None


def test_paid_it_is_not_closed(opened):
    opened.act("N1", "pay", at=NOW)
    with pytest.raises(ChannelRefuses, match="ORDER_PAID"):
        opened.close("N1")


def test_forged_altered_and_old_tellings_are_not_genuine(opened, clock):
    (said,) = opened.act("N1", "pay", at=NOW)
    body = json.loads(said.body)
    altered = json.dumps(body | {"fen": 1}).encode()
    tries = [
        ({}, said.body),
        (said.headers | {SIGNATURE: "0" * 64}, said.body),
        (said.headers | {SIGNATURE: "签"}, said.body),
        (said.headers | {AT: "1"}, said.body),
        (said.headers, altered),
        (said.headers, said.body + b" "),
    ]
    for headers, sent in tries:
        with pytest.raises(NotGenuine):
            opened.read(headers, sent)
    assert opened.read(said.headers, said.body)
    clock.advance(seconds=301)
    with pytest.raises(NotGenuine):
        opened.read(said.headers, said.body)


def test_another_merchants_telling_is_not_ours(opened):
    (said,) = opened.act("N1", "pay", at=NOW)
    foreign = json.dumps(json.loads(said.body) | {"merchant": "other"}).encode()
    signed = {AT: said.headers[AT], SIGNATURE: opened._signature(said.headers[AT], foreign)}
    with pytest.raises(NotGenuine):
        opened.read(signed, foreign)


def test_money_goes_back_once_and_never_more_than_came(opened):
    asked = {"order_number": "N1", "refund_number": "R1", "fen": 600, "of_fen": 1_000}
    with pytest.raises(ChannelRefuses):
        opened.refund(**asked)
    opened.act("N1", "pay", at=NOW)
    first = opened.refund(**asked)
    assert opened.refund(**asked) == first
    assert first.fate == "done"
    with pytest.raises(ChannelRefuses, match="NOT_ENOUGH"):
        opened.refund(**(asked | {"refund_number": "R2"}))
    assert opened.ask_refund(order_number="N1", refund_number="R1") == first
    assert opened.ask_refund(order_number="N1", refund_number="R9").fate == "unknown"


def test_the_statement_of_a_day_comes_once_the_day_is_over(opened, clock):
    opened.act("N1", "pay", at=NOW)
    opened.refund(order_number="N1", refund_number="R1", fen=100, of_fen=1_000)
    day = date(2026, 11, 23)
    with pytest.raises(ChannelDown):
        list(opened.statement(day))
    clock.advance(seconds=2 * 86_400)
    assert [(one.kind, one.fen, one.fee_fen) for one in opened.statement(day)] == [
        ("payment", 1_000, 3),
        ("refund", 100, 0),
    ]
    assert list(opened.statement(day - timedelta(days=1))) == []


def test_nobody_is_asked_who_they_are(opened):
    assert opened.openid_url(return_url="x", state="y") == ""
    with pytest.raises(ChannelRefuses):
        opened.openid("code")
    assert opened.thanks() == (b'{"code":"SUCCESS"}', "application/json")
    assert "browser" in opened.scenes()
