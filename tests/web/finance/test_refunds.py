"""Refunds at the desk: what there is to refund, one asks, another pays with a fresh code."""

import pytest
from sqlalchemy import select

from app.models import AuditEntry, Refund
from tests.support.payments import TODAY, make_payment
from tests.support.people import make_staff, sign_in_staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ACCOUNT = {"holder": "罗涵敏", "number": "6225 8802 1234 5678", "bank": "招商银行"}
WHY = "照银行流水退给付款人"
OUT = {"pay-channel": "招行", "pay-channel_ref": "T-OUT-1", "pay-paid_on": TODAY.isoformat()}


@pytest.fixture
def desks(app, session):
    """Two people of finance."""
    return [
        sign_in_staff(app.test_client(), session, make_staff(session, "finance", username=name))
        for name in ("zheng", "he")
    ]


@pytest.fixture
def payment(session, gateways):
    return make_payment(session, gateways.vault, state="returned", fen=500_20).public_id


@pytest.fixture
def asked(desks, payment):
    """The page of a refund that the first asked for."""
    page = desks[0].get(f"/finance/refunds/payment/{payment}")
    return desks[0].post_form(page, **ACCOUNT, words=WHY)


def text(response) -> str:
    return response.page.text()


def test_one_asks_and_another_pays(desks, asked, payment, session):
    assert "由另一位同事支付" in text(asked)
    assert "6225880212345678" not in asked.get_data(as_text=True)
    address = asked.request.path
    assert address in desks[1].get("/finance/refunds?tab=asked").get_data(as_text=True)
    done = desks[1].post_form(desks[1].get(address), _action="/pay", **OUT)
    assert "登记好了" in text(done)
    assert "T-OUT-1" in text(done)
    assert "没有要退的钱" in text(desks[0].get(f"/finance/refunds/payment/{payment}"))
    session.rollback()
    assert session.scalars(select(Refund.state)).one() == "paid"


def test_who_asked_gets_no_form_to_pay(desks, asked):
    actions = [one.get("action") or "" for one in asked.page.iter("form")]
    assert not any(one.endswith("/pay") for one in actions)


def test_what_cannot_be_an_account_is_told_and_stays(desks, payment):
    page = desks[0].get(f"/finance/refunds/payment/{payment}")
    page = desks[0].post_form(page, **(ACCOUNT | {"number": "62"}), words=WHY)
    assert "只有数字" in text(page)
    assert 'value="62"' in page.get_data(as_text=True)


def test_the_whole_account_is_shown_on_record(desks, asked, session):
    address = asked.request.path
    shown = desks[1].post_form(desks[1].get(address), _action="/account")
    assert "6225880212345678" in text(shown)
    session.rollback()
    seen = select(AuditEntry).where(AuditEntry.action == "refund_account_seen")
    assert session.scalars(seen).one()


def test_what_a_bank_sends_back_may_be_asked_for_again(desks, asked, payment):
    address = asked.request.path
    page = desks[1].post_form(desks[1].get(address), _action="/pay", **OUT)
    told = {"bounce-bounced_on": TODAY.isoformat(), "bounce-words": "户名不符"}
    page = desks[1].post_form(page, _action="/bounce", **told)
    assert "银行退回" in text(page)
    assert "要退" in text(desks[0].get(f"/finance/refunds/payment/{payment}"))
