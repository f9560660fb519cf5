"""What a channel tells becomes money once, whatever comes first, however often; what does not fit
is never lost.
"""

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.keeping.standing import standing
from app.models import OrderPayment, PaymentOrder, ProviderEvent
from app.ports.payments import News
from app.services.keeping.accounts import accounts_of
from tests.support.money import arrived, plan_of, undone
from tests.support.paying import (
    handed,
    matched_to,
    news,
    opened,
    order_of,
    payments_of,
    plan_state,
    receipts,
    sound,
    told,
)

# Seconds after the payment at which WeChat calls back until it is thanked.
SCHEDULE = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, *[10_800] * 3, *[21_600] * 2)


def test_money_is_laid_on_its_plan_with_the_day_it_left(session, soon, at, number):
    order = handed(session, soon, number)
    paid_at = soon.now + timedelta(minutes=2)
    assert told(session, at(days=1), news(order, at=paid_at)) == "applied"
    (payment,) = payments_of(session)
    assert (payment.channel, payment.channel_ref, payment.fen) == ("本地收银台", "4200001", 50_000)
    assert payment.paid_on == payment.arrived_on == soon.today
    assert (payment.state, payment.reason, payment.file_id) == ("matched", "", None)
    plan = plan_of(session, number)
    assert matched_to(session, payment) == [(plan.id, None, 50_000, "order")]
    order = order_of(session, order.public_id)
    assert (order.state, order.paid_at, order.ask_at) == ("paid", paid_at, None)
    assert receipts(session) == 1
    sound(session, soon)


def test_all_of_it_completes_the_plan_at_once(session, soon, number):
    order = handed(session, soon, number, offered="all")
    told(session, soon, news(order, at=soon.now))
    assert plan_state(session, number) == "completed"
    sound(session, soon)


@pytest.mark.parametrize("seed", range(3))
def test_fifteen_repeats_in_any_order_make_one_journal(session, soon, number, seed):
    order = handed(session, soon, number)
    said = news(order, at=soon.now)
    late = [timedelta(seconds=sum(SCHEDULE[:upto])) for upto in range(1, len(SCHEDULE) + 1)]
    random.Random(seed).shuffle(late)
    for after in late:
        assert told(session, soon.at(soon.now + after), said) == "applied"
    # The same payment under a name of its own, as an answer to our question.
    assert told(session, soon, news(order, at=soon.now, event_id="asked"), body=None) == "known"
    assert len(payments_of(session)) == receipts(session) == 1
    assert session.scalar(select(func.count(ProviderEvent.id))) == 2
    sound(session, soon)


@pytest.mark.parametrize("off", [-1, 1, -50_000 + 1, 10_000_000])
def test_another_sum_waits_for_a_person(session, soon, number, off):
    order = handed(session, soon, number)
    told(session, soon, news(order, fen=order.fen + off, at=soon.now))
    (payment,) = payments_of(session)
    assert (payment.fen, payment.state, payment.reason) == (
        50_000 + off,
        "unmatched",
        "order_differs",
    )
    assert order_of(session, order.public_id).state == "differs"
    assert receipts(session) == 0
    # What was asked for comes after all: it answers the order.
    told(session, soon, news(order, ref="4200002", at=soon.now))
    assert order_of(session, order.public_id).state == "paid"
    sound(session, soon)


def test_money_of_no_order_of_ours_waits_for_a_person(session, soon, number):
    order = handed(session, soon, number)
    told(session, soon, news(order, number="20261122NOBODY", at=soon.now))
    (payment,) = payments_of(session)
    assert (payment.state, payment.reason) == ("unmatched", "order_foreign")
    assert session.get_one(OrderPayment, payment.id).order_id is None
    assert order_of(session, order.public_id).state == "waiting"
    sound(session, soon)


def test_success_before_the_payer_was_handed_over_counts(session, soon, number):
    order = opened(session, soon, number)
    told(session, soon, news(order, at=soon.now))
    assert order_of(session, order.public_id).state == "paid"
    sound(session, soon)


def test_paid_after_it_was_closed_waits_for_a_person(session, soon, number):
    order = opened(session, soon, number)
    session.get_one(PaymentOrder, order.id).state = "closed"
    session.commit()
    told(session, soon, news(order, at=soon.now))
    (payment,) = payments_of(session)
    assert (payment.state, payment.reason) == ("unmatched", "order_late")
    sound(session, soon)


def test_paid_twice_lies_ahead_and_of_a_completed_plan_it_is_credit(session, soon, number):
    order = handed(session, soon, number)
    for ref in ("1", "2"):
        told(session, soon, news(order, ref=ref, at=soon.now))
    assert Counter(session.scalars(select(OrderPayment.kind))) == {"answer": 1, "again": 1}
    plan_id = plan_of(session, number).id
    stands = standing(accounts_of(session, plan_ids=[plan_id])[plan_id], soon.today)
    assert (stands.ahead_fen, stands.credit_fen) == (100_000, 0)
    whole = handed(session, soon, number, offered="all")
    for ref in ("3", "4"):
        told(session, soon, news(whole, ref=ref, at=soon.now))
    assert plan_state(session, number) == "completed"
    session.rollback()
    stands = standing(accounts_of(session, plan_ids=[plan_id])[plan_id], soon.today)
    assert stands.credit_fen == whole.fen
    sound(session, soon)


def test_money_of_long_ago_waits_for_a_person_and_answers_its_order(session, soon, at, number):
    order = handed(session, soon, number)
    told(session, at(days=12), news(order, at=soon.now))
    (payment,) = payments_of(session)
    assert (payment.state, payment.reason) == ("unmatched", "old_value_date")
    assert order_of(session, order.public_id).state == "paid"
    sound(session, soon)


def test_a_clock_that_is_ahead_makes_no_day_to_come(session, soon, number):
    order = handed(session, soon, number)
    told(session, soon, news(order, at=soon.now + timedelta(days=1)))
    assert payments_of(session)[0].paid_on == soon.today


def test_what_is_not_paid_moves_no_money(session, soon, number):
    order = handed(session, soon, number)
    for fate in ("waiting", "closed", "unknown"):
        assert told(session, soon, News(order.number, fate, event_id=fate)) == "nothing"
    assert payments_of(session) == []


def test_money_that_a_file_brought_first_answers_the_order(session, soon, number):
    order = handed(session, soon, number)
    came = arrived(session, fen=order.fen, on=soon.today, ref="4200001", channel=order.channel)
    session.commit()
    assert told(session, soon, news(order, at=soon.now)) == "applied"
    assert order_of(session, order.public_id).state == "paid"
    assert [one.id for one in payments_of(session)] == [came.id]
    assert matched_to(session, came) == [(plan_of(session, number).id, None, order.fen, "order")]
    sound(session, soon)


def test_what_a_file_brought_with_another_sum_stands(session, soon, number):
    order = handed(session, soon, number)
    arrived(session, fen=order.fen - 1, on=soon.today, ref="4200001", channel=order.channel)
    session.commit()
    assert told(session, soon, news(order, at=soon.now)) == "known"
    assert [one.fen for one in payments_of(session)] == [order.fen - 1]
    assert order_of(session, order.public_id).state == "waiting"


def test_the_number_stands_with_its_first_sum(session, soon, number):
    order = handed(session, soon, number)
    told(session, soon, news(order, at=soon.now))
    said = news(order, fen=order.fen + 1, at=soon.now, event_id="changed")
    assert told(session, soon, said) == "known"
    assert [one.fen for one in payments_of(session)] == [order.fen]


def test_what_was_taken_off_by_hand_is_not_laid_on_again(session, soon, number):
    order = handed(session, soon, number)
    told(session, soon, news(order, at=soon.now))
    (payment,) = payments_of(session)
    undone(session, payment, at=soon.now)
    assert told(session, soon, news(order, at=soon.now, event_id="again")) == "known"
    assert matched_to(session, payment) == []


def test_money_for_a_loan_goes_to_the_plan_that_runs_on_it_by_then(session, soon, number, loan):
    plan = plan_of(session, number)
    order = handed(session, soon, number)
    # As if it had been asked for before the plan was signed.
    other = PaymentOrder(
        number="BEFORE1",
        borrower_id=order.borrower_id,
        loan_id=loan.id,
        fen=700,
        offered="own",
        channel=order.channel,
        provider=order.provider,
        scene="browser",
        state="waiting",
        opened_at=soon.now,
        expires_at=order.expires_at,
        key_version=1,
        request_key="before",
    )
    session.add(other)
    session.commit()
    told(session, soon, news(other, at=soon.now))
    (payment,) = payments_of(session)
    assert matched_to(session, payment) == [(plan.id, None, 700, "order")]
    sound(session, soon)


def test_money_of_a_plan_that_is_no_more_waits_for_a_person(session, soon, number):
    order = handed(session, soon, number)
    plan_of(session, number).state = "replaced"
    session.commit()
    told(session, soon, news(order, at=soon.now))
    (payment,) = payments_of(session)
    assert (payment.state, payment.reason) == ("unmatched", "plan_over")
    assert order_of(session, order.public_id).state == "paid"
