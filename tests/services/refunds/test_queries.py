"""Finance's list of credits: the oldest first, those that lie for long marked."""

import pytest

from app.services.refunds.accounts_named import RefundAccount, RefundSource
from app.services.refunds.asking import ask_refund
from app.services.refunds.paying import Payout, pay_refund
from app.services.refunds.queries import refunds_page
from app.services.refunds.source_queries import source_view
from tests.services.refunds.conftest import DAY, OVER

ACCOUNT = RefundAccount("罗涵敏", "6225880212345678", "招商银行")


@pytest.mark.parametrize(("days", "is_old"), [(1, False), (5, False), (8, True)])
def test_a_credit_is_listed_with_how_long_it_is_open(session, at_finance, plan, days, is_old):
    page = refunds_page(session, at_finance(days=days), tab="credit")
    row = page.credits[0]
    assert (row.plan, row.fen, row.since, row.is_old) == (plan.number, OVER, DAY, is_old)
    assert page.next_key is None


def test_what_is_asked_for_moves_on_and_what_is_paid_is_over(session, zheng, he, plan):
    source = RefundSource("plan", plan.number)
    assert source_view(session, zheng, source=source).fen == OVER
    public_id = ask_refund(
        session, zheng, source=source, account=ACCOUNT, words="核对过", request_key="ask-1"
    )
    assert refunds_page(session, zheng, tab="credit").credits == ()
    row = refunds_page(session, zheng, tab="asked").refunds[0]
    assert (row.public_id, row.tail, row.is_mine) == (public_id, "5678", True)
    payout = Payout("bank", "招行", "T-1", DAY)
    pay_refund(session, he, public_id=public_id, payout=payout, request_key="pay-1")
    assert refunds_page(session, zheng, tab="credit").credits == ()
    assert refunds_page(session, zheng, tab="asked").refunds == ()
    assert refunds_page(session, zheng, tab="done").refunds[0].state == "paid"
    view = source_view(session, zheng, source=source)
    assert (view.fen, view.named, view.asked) == (0, None, None)
