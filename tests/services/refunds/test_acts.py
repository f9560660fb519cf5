"""What there is to refund, and why there is nothing."""

import pytest

from app.services.refunds import acts
from app.services.refunds.accounts_named import RefundSource
from tests.support.payments import make_payment


def test_a_refund_of_what_was_refunded_says_so(ask, pay):
    pay(ask())
    with pytest.raises(acts.RefundedAlready, match="T-OUT-1"):
        ask(key="ask-2")


def test_nothing_to_refund_of_a_payment_that_is_somebodys(session, vault, ask):
    payment = make_payment(session, vault, fen=500)
    with pytest.raises(acts.NothingToRefund):
        ask(RefundSource("payment", payment.public_id))
