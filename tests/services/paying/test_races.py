"""Many at once, on both databases: one order, one payment, one journal."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import PaymentOrder
from app.services.paying.asking import ask_silent
from app.services.paying.opening import open_order
from app.services.paying.taking import take_telling
from app.services.paying.tellings import keep_telling
from tests.factories import make_borrower, make_loan
from tests.support.paying import (
    borrower_of,
    handed,
    news,
    order_of,
    payments_of,
    receipts,
    sound,
    told,
    wish_for,
)
from tests.support.races import rounds, run_together

pytestmark = pytest.mark.race


@pytest.fixture
def session(database):
    """Real commits, which others see."""
    with database.sessions() as opened:
        yield opened


@pytest.fixture
def borrower(session, vault):
    return make_borrower(session, vault)


@pytest.fixture
def loan(session, borrower):
    return make_loan(session, borrower)


def an_hour_has_room(context, turn):
    """The surroundings of a round, so that no hour sees more orders than one may open."""
    return context.at(context.now + turn * timedelta(minutes=4))


def test_many_taps_open_one_order(database, session, soon, number):
    borrower_id = borrower_of(session, number).id
    for turn in rounds():
        wish = wish_for(session, soon, number, offered="own", own_fen=100 + turn)
        session.rollback()
        context = an_hour_has_room(soon, turn)

        def tap(one, wish=wish, turn=turn, context=context):
            key = f"{turn}-{one % 3}"
            with database.sessions() as own:
                return open_order(own, context, borrower_id=borrower_id, wish=wish, request_key=key)

        found = run_together(tap, threads=8)
        assert len(set(map(str, found))) == 1, found
        assert session.scalar(select(func.count(PaymentOrder.id))) == turn + 1
        session.rollback()


def test_repeats_in_parallel_make_one_journal(database, session, soon, number):
    for turn in rounds():
        order = handed(
            session, an_hour_has_room(soon, turn), number, offered="own", own_fen=100 + turn
        )
        said = [
            news(order, ref=f"ref-{turn}", at=soon.now, event_id=f"{turn}-{one % 4}")
            for one in range(15)
        ]
        random.Random(turn).shuffle(said)

        def call(place, said=said):
            with database.sessions() as own:
                return [told(own, soon, one) for one in said[place::4]]

        answers = run_together(call, threads=4)
        assert all(isinstance(one, list) for one in answers), answers
        assert len(payments_of(session)) == receipts(session) == turn + 1
    sound(session, soon)


def test_two_who_do_one_telling_do_it_once(database, session, soon, number):
    for turn in rounds():
        order = handed(
            session, an_hour_has_room(soon, turn), number, offered="own", own_fen=100 + turn
        )
        said = news(order, ref=f"r{turn}", at=soon.now)
        event_id = keep_telling(session, soon, provider="local", news=said, body=b"")

        def act(_number, event_id=event_id):
            with database.sessions() as own:
                return take_telling(own, soon, event_id=event_id)

        assert run_together(act, threads=6) == ["applied"] * 6
        assert len(payments_of(session)) == turn + 1
    sound(session, soon)


def test_two_hosts_ask_and_a_callback_comes_meanwhile(database, session, soon, number):
    for turn in rounds():
        now = an_hour_has_room(soon, turn)
        order = handed(session, now, number, offered="own", own_fen=100 + turn)
        tellings = soon.gateways.cashier.act(order.number, "pay", at=now.now)
        later = now.at(now.now + timedelta(minutes=2))

        def act(one, tellings=tellings, later=later):
            with database.sessions() as own:
                if one < 2:
                    return ask_silent(own, later, limit=100) >= 0
                said = soon.gateways.cashier.read(tellings[0].headers, tellings[0].body)
                return bool(told(own, later, said, body=tellings[0].body))

        answers = run_together(act, threads=3)
        assert answers == [True] * 3, answers
        assert order_of(session, order.public_id).state == "paid"
        assert len(payments_of(session)) == receipts(session) == turn + 1
    sound(session, soon)
