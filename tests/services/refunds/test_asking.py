"""Finance asks for what there is, once, with words where an account is not the borrower's word."""

import pytest

from app.services.refunds import acts
from app.services.refunds.asking import AccountNeeded, drop_refund


def test_asked_for_once_while_it_waits(ask):
    assert ask() == ask()
    with pytest.raises(acts.RefundUnderWay):
        ask(key="ask-2")


def test_another_account_needs_words(ask):
    with pytest.raises(acts.RefundWordsNeeded):
        ask(words=" ")
    with pytest.raises(AccountNeeded):
        ask(account=None)


def test_what_was_asked_for_by_mistake_is_dropped(session, zheng, ask, pay, stored):
    public_id = ask()
    for _ in range(2):
        drop_refund(session, zheng, public_id=public_id, words="写错了", request_key="drop-1")
    assert stored()[0].state == "dropped"
    with pytest.raises(acts.RefundMoved):
        pay(public_id)
    ask(key="ask-2")
