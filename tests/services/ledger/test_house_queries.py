"""Where money lies: moved by whatever is done with it, and told for a day and as it was known."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.domain.references import reference_of
from app.models import HouseMove, Payment
from app.services.claims.placing import ShareWish, place_payment
from app.services.claims.returning import keep_payment, return_payment
from app.services.claims.taking_back import let_reversal_count
from app.services.claims.undoing import undo_match
from app.services.core.context import Actor
from app.services.ledger.house_proving import untrue_house
from app.services.ledger.house_queries import house_balances, moves_of
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.payments import make_payment, running_plan
from tests.support.threads import handler

WHY = "问过本人"


@pytest.fixture
def zheng(session, vault):
    who = handler(session, "finance", username="zheng")
    return acting(actor=Actor(who.author, "127.0.0.1"), staff=who, vault=vault)


@pytest.fixture
def plan(session, vault):
    return running_plan(session, vault)


@pytest.fixture
def loan(session, vault):
    return make_loan(session, make_borrower(session, vault, mobile="19003741999"), ref="JD-9001")


def lies(session, **asked):
    """What lies where: (channel, account) to fen."""
    session.rollback()
    return {(one.channel, one.account): one.fen for one in house_balances(session, **asked)}


class Desk:
    """Acts on payments, by one person."""

    def __init__(self, session, context) -> None:
        self.session, self.context = session, context

    def act(self, use_case, public_id, **values):
        values = {"words": WHY, "request_key": str(uuid4())} | values
        use_case(self.session, self.context, public_id=public_id, **values)

    def place(self, public_id, *shares):
        self.act(place_payment, public_id, shares=[ShareWish(*one) for one in shares])


@pytest.fixture
def desk(session, zheng):
    return Desk(session, zheng)


def test_money_of_nobody_is_moved_by_matching_and_back_by_undoing(session, vault, desk, plan, loan):
    payment = make_payment(session, vault, fen=500).public_id
    assert lies(session) == {("银行卡", "clearing"): 500, ("银行卡", "unmatched"): 500}
    desk.place(payment, (reference_of(plan.number), 300), (loan.ref, 200))
    assert lies(session) == {
        ("银行卡", "clearing"): 500,
        ("银行卡", "bank"): 300,
        ("银行卡", "transfer_out"): 200,
    }
    desk.act(undo_match, payment)
    assert lies(session) == {("银行卡", "clearing"): 500, ("银行卡", "unmatched"): 500}
    told = [(one.cause, one.debit, one.credit, one.fen) for one in moves(session, payment)]
    # Shares are posted in one statement, in no order of their own.
    assert sorted(told) == [
        ("arrived", "clearing", "unmatched", 500),
        ("matched", "unmatched", "bank", 300),
        ("matched", "unmatched", "transfer_out", 200),
        ("undone", "unmatched", "bank", -300),
        ("undone", "unmatched", "transfer_out", -200),
    ]
    linked = select(HouseMove.reverses_id).where(HouseMove.cause == "undone")
    assert all(session.scalars(linked))
    assert list(untrue_house(session)) == []


def moves(session, payment):
    return moves_of(session, correlation_id=payment)


def test_what_is_marked_to_go_back_is_owed_until_the_mark_is_taken_away(session, vault, desk):
    payment = make_payment(session, vault, fen=500).public_id
    for _ in range(2):
        desk.act(return_payment, payment)
        assert lies(session)["银行卡", "refund_payable"] == 500
        assert ("银行卡", "unmatched") not in lies(session)
        desk.act(keep_payment, payment)
        assert lies(session) == {("银行卡", "clearing"): 500, ("银行卡", "unmatched"): 500}
    assert list(untrue_house(session)) == []


def test_a_reversal_takes_it_out_of_the_channel(session, vault, desk, plan):
    payment = make_payment(session, vault, fen=500)
    desk.place(payment.public_id, (plan.number, None))
    back = reversal(session, vault, payment)
    assert lies(session) == {("银行卡", "unmatched"): -500, ("银行卡", "bank"): 500}
    desk.act(let_reversal_count, back)
    assert lies(session) == {}


def reversal(session, vault, payment):
    found = make_payment(
        session, vault, fen=payment.fen, reverses_id=payment.id, reverses_ref=payment.channel_ref
    )
    return found.public_id


def test_each_channel_is_told_for_a_day_and_as_it_was_known(session, vault):
    early = NOW - timedelta(days=9)
    make_payment(
        session, vault, fen=7, paid_on=early.date(), arrived_on=early.date(), posted_at=NOW
    )
    make_payment(session, vault, fen=5, channel="微信")
    assert lies(session, day=early.date()) == {
        ("银行卡", "clearing"): 7,
        ("银行卡", "unmatched"): 7,
    }
    assert lies(session, known_at=early) == {}
    assert lies(session)["微信", "clearing"] == 5


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_in_whatever_order_it_is_what_the_facts_say(
    session, vault, desk, plan, loan, seed
):
    chance = random.Random(seed)
    ends = [reference_of(plan.number), loan.ref]
    for _ in range(6):
        make_payment(session, vault, fen=chance.randint(2, 900))
    for _ in range(30):
        session.rollback()
        payment = chance.choice(session.scalars(select(Payment).order_by(Payment.id)).all())
        public_id, fen, state = payment.public_id, payment.fen, payment.state
        if payment.reverses_id is not None or taken_back(session, payment):
            continue
        if state == "unmatched" and chance.random() < 0.3:
            desk.act(return_payment, public_id)
        elif state == "unmatched" and chance.random() < 0.2:
            desk.act(let_reversal_count, reversal(session, vault, payment))
        elif state == "unmatched" and fen > 1 and chance.random() < 0.5:
            first = chance.randint(1, fen - 1)
            desk.place(public_id, (ends[0], first), (ends[1], fen - first))
        elif state == "unmatched":
            desk.place(public_id, (chance.choice(ends), None))
        elif state == "returned":
            desk.act(keep_payment, public_id)
        elif chance.random() < 0.3:
            desk.act(let_reversal_count, reversal(session, vault, payment))
        else:
            desk.act(undo_match, public_id)
    assert list(untrue_house(session)) == []
    unclaimed = select(Payment).where(Payment.state == "unmatched")
    listed = sum(one.fen for one in session.scalars(unclaimed))
    assert lies(session).get(("银行卡", "unmatched"), 0) == listed


def taken_back(session, payment):
    mine = select(Payment.id).where(Payment.reverses_id == payment.id)
    return session.scalars(mine).first() is not None
