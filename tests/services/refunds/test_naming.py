"""A borrower names an account of their own for what they paid too much."""

import pytest

from app.domain.errors import NotFound
from app.services.core.context import Actor
from app.services.core.request_keys import KeyReused
from app.services.refunds import acts
from app.services.refunds.accounts_named import (
    AccountRefused,
    RefundAccount,
    RefundSource,
    account_of,
)
from app.services.refunds.asking import ask_refund
from app.services.refunds.naming import name_account
from app.services.refunds.queries import own_refund
from tests.services.refunds.conftest import NOW_THEN, OVER
from tests.support.acting import acting


@pytest.fixture
def own(session, vault, borrower):
    name = vault.unseal(borrower.name_enc, table="borrowers", row=borrower.public_id, column="name")
    return RefundAccount(name, "6225880212345678", "招商银行")


@pytest.fixture
def name(session, vault, site, borrower, certificate, own):
    context = acting(now=NOW_THEN, vault=vault, site=site, actor=Actor(f"borrower:{borrower.id}"))

    def named(account=own, key="name-1", who=None, certificate=certificate):
        name_account(
            session,
            context,
            borrower_id=who or borrower.id,
            certificate=certificate,
            account=account,
            request_key=key,
        )

    return named


def test_it_is_sealed_and_told_by_its_end(session, vault, zheng, plan, name, own, stored):
    name()
    one = stored()[0]
    assert (one.state, one.fen, one.is_own, one.plan_id) == ("named", OVER, True, plan.id)
    assert own.number.encode() not in one.account_enc
    assert account_of(vault, one) == own
    told = own_refund(session, zheng, plan_id=plan.id)
    assert (told.state, told.tail, told.bank) == ("named", "5678", "招商银行")


def test_another_one_takes_its_place_until_it_is_asked_for(session, zheng, plan, name, own, stored):
    name()
    name(own._replace(number="6225880212340000"), key="name-2")
    assert [one.state for one in stored()] == ["dropped", "named"]
    source = RefundSource("plan", plan.number)
    ask_refund(session, zheng, source=source, account=None, words="", request_key="ask-1")
    with pytest.raises(acts.RefundUnderWay):
        name(key="name-3")


def test_a_double_tap_names_once(name, own, stored):
    name()
    name()
    assert len(stored()) == 1
    with pytest.raises(KeyReused):
        name(own._replace(bank="工商银行"))


def test_an_account_of_another_is_for_a_person(name, own, stored):
    with pytest.raises(AccountRefused, match="本人名下"):
        name(own._replace(holder="周以宁"))
    assert stored() == []


def test_it_is_nobody_elses(name):
    with pytest.raises(NotFound):
        name(who=999_999)
    with pytest.raises(NotFound):
        name(certificate="none")
