"""I27: orders and their payments agree; each way in which they could not shows."""

import pytest

from app.models import OrderPayment, PaymentOrder, PaymentRefund, ProviderEvent
from app.services.paying.proving import untrue_orders
from tests.support.money import arrived
from tests.support.paying import handed, news, payments_of, told

AT = "paid_at"


@pytest.fixture
def order(session, soon, number):
    order = handed(session, soon, number)
    told(session, soon, news(order, at=soon.now))
    return order


def found(session, soon):
    session.flush()
    return [*untrue_orders(session, payments=soon.gateways.payments)]


def test_what_is_sound_is_silent(session, soon, order):
    assert found(session, soon) == []


def test_an_order_that_is_paid_by_nothing_shows(session, soon, order, number):
    other = handed(session, soon, number, offered="own", own_fen=5)
    row = session.get_one(PaymentOrder, other.id)
    row.state, row.paid_at = "paid", soon.now
    assert found(session, soon) == [f"order {other.number}: is paid and has no payment"]


def test_an_order_that_was_answered_and_is_not_paid_shows(session, soon, order):
    row = session.get_one(PaymentOrder, order.id)
    row.state, row.paid_at = "closed", None
    assert found(session, soon) == [
        f"order {order.number}: is closed and has a payment that answers it"
    ]


def test_another_sum_or_channel_shows(session, soon, number):
    order = handed(session, soon, number)
    for payment in (
        arrived(session, fen=order.fen - 1, on=soon.today, channel=order.channel),
        arrived(session, fen=order.fen, on=soon.today, channel="别处"),
    ):
        link = OrderPayment(
            payment_id=payment.id, order_id=order.id, kind="answer", paid_at=soon.now
        )
        row = session.get_one(PaymentOrder, order.id)
        row.state, row.paid_at = "paid", soon.now
        with session.begin_nested() as step:
            session.add(link)
            assert any(order.number in one for one in found(session, soon))
            step.rollback()


def test_money_of_our_channel_that_nothing_told_shows(session, soon, order):
    stray = arrived(session, fen=7, on=soon.today, channel=order.channel)
    assert found(session, soon) == [
        f"payment {stray.public_id}: is of a channel we collect by, and no telling brought it"
    ]


def test_what_was_applied_and_names_nothing_shows(session, soon, order):
    session.query(ProviderEvent).update({"payment_id": None})
    assert found(session, soon) == ["local event-4200001: was applied and names no payment"]


def test_more_sent_back_than_came_shows(session, soon, order):
    (payment,) = payments_of(session)
    for place in (1, 2):
        session.add(
            PaymentRefund(
                number=f"R{place}",
                payment_id=payment.id,
                fen=payment.fen,
                state="done",
                asked_by="x",
                asked_at=soon.now,
                request_key=f"k{place}",
            )
        )
    assert found(session, soon) == [
        f"payment {payment.public_id}: {2 * payment.fen} fen go back of {payment.fen}"
    ]
