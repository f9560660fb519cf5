"""A channel tells: signed and stored it is thanked, whatever comes of it; a forged one leaves a
count.
"""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from app.integrations.payments.local import AT, SIGNATURE
from app.models import PaymentOrder, ProviderEvent, RefusedTry
from app.services.paying import taking
from tests.support.acting import acting
from tests.support.paying import handed, order_of, payments_of
from tests.web.borrower.test_account_file import one_loan

TODAY = date(2026, 12, 4)
NOTIFY = "/pay/notify/local"


@pytest.fixture
def order(session, gateways, site, clock) -> PaymentOrder:
    number = one_loan(session, gateways, site, "reamortise")
    context = acting(now=clock.now(), gateways=gateways, site=site)
    return handed(session, context, number)


@pytest.fixture
def said(gateways, order, clock):
    (one,) = gateways.cashier.act(order.number, "pay", at=clock.now())
    return one


def call(app, said, **changes):
    body, headers = changes.get("body", said.body), dict(said.headers) | changes.get("headers", {})
    # No page of ours and no browser: no cookie, no token.
    return app.test_client().post(changes.get("to", NOTIFY), data=body, headers=headers)


def count(session, table):
    session.rollback()
    return session.scalar(select(func.count()).select_from(table))


def test_it_is_thanked_as_the_channel_wants_and_the_order_is_paid(app, session, order, said):
    answer = call(app, said)
    assert (answer.status_code, answer.get_json()) == (200, {"code": "SUCCESS"})
    assert order_of(session, order.public_id).state == "paid"
    for _ in range(14):
        assert call(app, said).status_code == 200
    assert (len(payments_of(session)), count(session, ProviderEvent)) == (1, 1)


def test_a_form_is_read_byte_for_byte(app, session, order, said):
    """Alipay sends one; what is signed is its bytes."""
    answer = call(app, said, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 200
    assert order_of(session, order.public_id).state == "paid"


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {SIGNATURE: "0" * 64}},
        {"headers": {SIGNATURE: ""}},
        {"headers": {AT: "1"}},
        {"body": b"{}"},
        {"body": b"\xff\x00not json"},
        {"body": b""},
    ],
)
def test_what_is_not_genuine_leaves_a_count_alone(app, session, order, said, changes):
    assert call(app, said, **changes).status_code == 400
    assert (count(session, ProviderEvent), payments_of(session)) == (0, [])
    assert session.execute(select(RefusedTry.what, RefusedTry.count)).all() == [
        ("payments.local", 1)
    ]
    assert order_of(session, order.public_id).state == "waiting"


def test_a_channel_that_is_not_there_has_no_address(app, session, said):
    assert call(app, said, to="/pay/notify/wechat").status_code == 404
    assert app.test_client().get(NOTIFY).status_code in (404, 405)


def test_what_cannot_be_done_at_once_is_stored_and_thanked(
    app, session, order, said, monkeypatch, caplog
):
    def broken(*_args, **_values):
        raise RuntimeError("planted")

    monkeypatch.setattr(taking._MoneyTold, "take", broken)
    assert call(app, said).status_code == 200
    assert payments_of(session) == []
    assert session.scalars(select(ProviderEvent.state)).all() == ["stored"]
    monkeypatch.undo()
    assert call(app, said).status_code == 200
    assert order_of(session, order.public_id).state == "paid"


def test_where_it_cannot_even_be_stored_the_channel_comes_again(
    app, session, order, said, monkeypatch
):
    monkeypatch.setattr("app.web.payment_calls.keep_telling", _broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert call(app, said).status_code >= 500


def test_news_that_is_no_business_of_ours_is_thanked(app, gateways, said, monkeypatch, session):
    monkeypatch.setattr(type(gateways.cashier), "read", lambda *_args: None)
    assert call(app, said).status_code == 200
    assert count(session, ProviderEvent) == 0


def test_another_application_without_the_cashier_has_neither_page_nor_address(
    settings, gateways, clock
):
    from app import create_app

    bare = replace(gateways, payments={}, cashier=None)
    other = create_app(settings, gateways=bare, clock=clock)
    try:
        rules = {rule.endpoint for rule in other.url_map.iter_rules()}
        assert not any(one.startswith("cashier.") for one in rules)
        assert other.test_client().post(NOTIFY).status_code == 404
    finally:
        other.extensions["anhuan_engine"].dispose()


def _broken(*_args, **_values):
    raise RuntimeError("planted")
