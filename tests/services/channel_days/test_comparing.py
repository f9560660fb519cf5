"""A statement beside what we hold: each way in which they can part, and none where they agree."""

from datetime import timedelta

import pytest

from app.domain.calendar import beijing_date
from app.ports.payments import StatementLine
from app.services.channel_days.comparing import (
    DayDifference,
    differences_of,
    orders_of_ours,
    sums_held,
)
from app.services.paying.refunding import add_refund
from tests.support.clock import NOW
from tests.support.paying import handed, news, payments_of, told

LOCAL, CHANNEL, DAY = "local", "本地收银台", beijing_date(NOW)


@pytest.fixture
def order(session, soon, number):
    found = handed(session, soon, number)
    told(session, soon, news(found, at=soon.now))
    return found


def line(order, *, kind="payment", ref="4200001", fen=50_000, refund=""):
    return StatementLine(kind, order.number, ref, fen, 0, NOW, refund)


def differences(session, *lines):
    return differences_of(session, channel=CHANNEL, day=DAY, lines=lines)


def test_what_agrees_differs_in_nothing(session, order):
    assert differences(session, line(order)) == ()
    assert sums_held(session, channel=CHANNEL, lines=[line(order)]) == {"4200001": 50_000}


def test_another_sum_of_the_same_payment_is_named(session, order):
    assert differences(session, line(order, fen=49_999)) == (
        DayDifference("sum", "4200001", 49_999, 50_000),
    )


def test_ours_that_the_channel_does_not_know_is_named(session, order):
    assert differences(session) == (DayDifference("absent", "4200001", 0, 50_000),)


def test_a_payment_is_looked_for_on_the_day_on_which_it_left(session, soon, number, order):
    other = DAY + timedelta(days=1)
    assert differences_of(session, channel=CHANNEL, day=other, lines=()) == ()
    assert differences_of(session, channel="微信支付", day=DAY, lines=()) == ()


def test_money_sent_back_that_nobody_asked_for_is_named(session, order):
    back = line(order, kind="refund", ref="R-there", fen=3_000, refund="R9")
    assert differences(session, line(order), back) == (DayDifference("unasked", "R9", 3_000, 0),)


@pytest.mark.parametrize(("fen", "count"), [(3_000, 0), (3_001, 1)])
def test_a_refund_of_ours_has_the_sum_that_was_asked_for(session, soon, order, fen, count):
    (payment,) = payments_of(session)
    refund = add_refund(session, soon, payment=payment, fen=3_000, request_key="k")
    session.commit()
    back = line(order, kind="refund", ref="R-there", fen=fen, refund=refund.number)
    expected = [DayDifference("sum", refund.number, fen, 3_000)][:count]
    assert list(differences(session, line(order), back)) == expected


def test_orders_of_others_are_told_apart(session, order):
    lines = [line(order), StatementLine("payment", "THEIRS", "4209", 1, 0, NOW)]
    assert orders_of_ours(session, provider=LOCAL, lines=lines) == {order.number}
    assert orders_of_ours(session, provider="wechat", lines=lines) == frozenset()
