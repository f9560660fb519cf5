"""A day at a channel: lost money is found, all else agrees or is noted, once however often."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.models import AuditEntry, PaymentRefund, ProviderEvent
from app.ports.payments import OrderToPay
from app.services.channel_days.reconciling import StatementNotOut, reconcile_day, reconcile_due
from app.services.paying.asking import ask_silent
from app.services.paying.refunding import add_refund, send_refunds
from tests.support.clock import NOW
from tests.support.paying import handed, news, order_of, payments_of, receipts, sound, told

DAY = beijing_date(NOW)


def pay(cashier, order, soon, act="pay_silently"):
    return cashier.act(order.number, act, at=soon.now + timedelta(minutes=1))


def reconcile(session, context, day=DAY):
    return reconcile_day(session, context, provider="local", day=day)


@pytest.fixture
def order(session, soon, number):
    return handed(session, soon, number)


def test_money_of_a_lost_callback_is_found_with_its_day(session, soon, next_day, cashier, order):
    pay(cashier, order, soon)
    report = reconcile(session, next_day)
    assert (report.payments, report.paid_fen, report.found) == (1, 50_000, 1)
    assert report.differences == ()
    (payment,) = payments_of(session)
    assert (payment.paid_on, payment.state) == (DAY, "matched")
    assert order_of(session, order.public_id).state == "paid"
    sound(session, next_day)


def test_callback_and_statement_are_one_money(session, soon, next_day, cashier, order):
    pay(cashier, order, soon)
    ask_silent(session, soon.at(soon.now + timedelta(minutes=2)), limit=10)
    report = reconcile(session, next_day)
    assert (report.payments, report.found, report.differences) == (1, 0, ())
    assert len(payments_of(session)) == receipts(session) == 1


def test_a_day_is_read_once_and_the_first_report_stands(
    session, soon, next_day, cashier, order, number
):
    pay(cashier, order, soon)
    first = reconcile(session, next_day)
    later = handed(session, soon, number, offered="own", own_fen=100)
    pay(cashier, later, soon)
    assert reconcile(session, next_day) == first
    kept = select(func.count()).select_from(ProviderEvent).where(ProviderEvent.kind == "statement")
    assert session.scalar(kept) == 1
    read = select(func.count()).where(AuditEntry.action == "channel.day_read")
    assert session.scalar(read) == 1


def test_money_for_others_is_counted_and_left_alone(session, soon, next_day, cashier):
    theirs = OrderToPay(
        "THEIRS", 700, "别家", soon.now + timedelta(hours=1), "https://x", "https://y"
    )
    cashier.open(theirs, scene="browser")
    cashier.act("THEIRS", "pay", at=soon.now)
    report = reconcile(session, next_day)
    assert (report.payments, report.others, report.differences) == (0, 1, ())
    assert payments_of(session) == []


def test_what_differs_is_named_and_changes_nothing(
    session, soon, at, clock, cashier, order, number
):
    pay(cashier, order, soon)
    ref = cashier.ask(order.number).channel_ref
    told(session, soon, news(order, ref=ref, fen=49_000, at=soon.now))
    other = handed(session, soon, number, offered="own", own_fen=100)
    told(session, soon, news(other, ref="NOT-THERE", at=soon.now))
    cashier.refund(order_number=order.number, refund_number="R-BY-HAND", fen=5, of_fen=50_000)
    clock.advance(days=1)
    report = reconcile(session, at(days=1))
    assert sorted((one.kind, one.ref) for one in report.differences) == [
        ("absent", "NOT-THERE"),
        ("sum", ref),
        ("unasked", "R-BY-HAND"),
    ]
    assert sorted(one.fen for one in payments_of(session)) == [100, 49_000]


def test_a_refund_under_way_is_done_once_the_statement_has_it(
    session, soon, at, clock, cashier, order
):
    (callback,) = pay(cashier, order, soon, "pay")
    said = cashier.read(callback.headers, callback.body)
    told(session, soon, said, body=callback.body)
    (payment,) = payments_of(session)
    refund = add_refund(session, soon, payment=payment, fen=300, request_key="k")
    session.commit()
    # It went out, and its answer was lost.
    cashier.refund(order_number=order.number, refund_number=refund.number, fen=300, of_fen=50_000)
    clock.advance(days=1)
    report = reconcile(session, at(days=1))
    assert (report.refunds, report.back_fen, report.differences) == (1, 300, ())
    session.rollback()
    assert session.scalars(select(PaymentRefund.state)).one() == "done"
    assert send_refunds(session, at(days=1), limit=10) == 0


def test_a_day_that_goes_on_is_not_out(session, soon, order):
    with pytest.raises(StatementNotOut):
        reconcile(session, soon)
    with pytest.raises(NotFound):
        reconcile_day(session, soon, provider="nobody", day=DAY)
    session.rollback()
    assert session.scalar(select(func.count(ProviderEvent.id))) == 0


class TestDue:
    def test_from_ten_in_the_morning_days_are_read_once(self, session, at, clock, cashier, order):
        pay(cashier, order, at(hours=1))
        clock.advance(days=1, minutes=-1)
        assert reconcile_due(session, at(days=1, minutes=-1)) == 0
        clock.advance(minutes=1)
        assert reconcile_due(session, at(days=1)) == 1
        assert reconcile_due(session, at(days=1)) == 0
        assert len(payments_of(session)) == 1

    def test_after_days_on_which_nothing_ran_those_of_a_week_are_read(
        self, session, at, clock, order
    ):
        clock.advance(days=30)
        assert reconcile_due(session, at(days=30)) == 7

    def test_without_orders_nobody_is_asked(self, session, at, clock):
        clock.advance(days=3)
        assert reconcile_due(session, at(days=3)) == 0

    def test_a_channel_that_has_it_not_yet_is_asked_again_later(self, session, at, clock, order):
        # Its own clock is behind ours.
        assert reconcile_due(session, at(days=1)) == 0
        clock.advance(days=1)
        assert reconcile_due(session, at(days=1)) == 1
