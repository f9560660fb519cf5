"""A house's account that is not what payments and matches say is named."""

import pytest
from sqlalchemy import text

from app.services.ledger.house_proving import untrue_house
from tests.support.clock import NOW
from tests.support.payments import make_payment

MOVE = text(
    "INSERT INTO house_moves (cause, cause_id, payment_id, channel, debit, credit, fen, value_on,"
    " period_on, posted_at, actor, correlation_id) VALUES ('x', 1, :payment, '银行卡', :debit,"
    " :credit, 3, '2026-11-01', '2026-11-01', :at, 'x', 'x')"
)


@pytest.fixture
def payment(session, vault):
    return make_payment(session, vault, fen=500, channel_ref="LS1")


def told(session):
    session.rollback()
    return list(untrue_house(session))


def test_nothing_is_named_where_all_is_as_the_facts_say(session, payment):
    assert told(session) == []


@pytest.mark.parametrize(
    ("debit", "credit", "words"),
    [
        (
            "clearing",
            "unmatched",
            [
                "银行卡 LS1: unmatched is 3 fen off what is on record",
                "银行卡: 3 fen lie there by the ledger that no payment tells of",
            ],
        ),
        (
            "unmatched",
            "bank",
            [
                "银行卡 LS1: bank is 3 fen off what is on record",
                "银行卡 LS1: unmatched is -3 fen off what is on record",
            ],
        ),
    ],
)
def test_a_move_that_no_fact_asks_for_is_named(session, payment, debit, credit, words):
    session.execute(MOVE, {"payment": payment.id, "debit": debit, "credit": credit, "at": NOW})
    session.commit()
    assert sorted(told(session)) == words


def test_money_without_its_move_is_named(session, payment):
    """Whoever goes round the trigger is found."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE payments DISABLE TRIGGER house_arrived"))
    else:
        session.execute(text("DROP TRIGGER house_arrived"))
    session.execute(
        text(
            "INSERT INTO payments (public_id, channel, channel_ref, paid_on, arrived_on, posted_at,"
            " fen, loan_ref, payer_hmac, account_hmac, key_version, reverses_ref, state, reason)"
            " VALUES ('x', '银行卡', 'LS2', '2026-11-01', '2026-11-01', :at, 7, '', '', '', 1, '',"
            " 'unmatched', '')"
        ),
        {"at": NOW},
    )
    assert sorted(untrue_house(session)) == [
        "银行卡 LS2: unmatched is -7 fen off what is on record",
        "银行卡: -7 fen lie there by the ledger that no payment tells of",
    ]
