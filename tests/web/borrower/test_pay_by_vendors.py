"""Paying by WeChat Pay and Alipay, from the page to the money, over the vendors' own SDKs: the
payer's way in a browser and inside WeChat, and every callback that can come.
"""

import random
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from app.models import ProviderEvent, RefusedTry
from app.services.paying.asking import ask_silent
from tests.support.acting import acting
from tests.support.channels.payers import AlipayPayer, WeChatPayer
from tests.support.money import paid
from tests.support.paying import order_of, payments_of, receipts
from tests.web.borrower.test_account_file import one_loan, signed_in
from tests.web.borrower.test_pay import order_id, send, words

TODAY = date(2026, 12, 4)
# Seconds at which WeChat Pay calls back until it is thanked.
SCHEDULE = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, *[10_800] * 3, *[21_600] * 2)
INSIDE_WECHAT = "Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile/15E148 MicroMessenger/8.0.50"
PAYERS = ["wechat by certificates", "wechat by public key", "alipay"]


@pytest.fixture(params=PAYERS)
def payer(request, clock):
    if request.param == "alipay":
        found = AlipayPayer(clock)
    else:
        found = WeChatPayer(clock, public_key_mode="public" in request.param)
    yield found
    found.stop()


@pytest.fixture
def way(payer) -> str:
    return payer.channel.code


@pytest.fixture
def gateways(gateways, payer):
    return replace(gateways, payments={payer.channel.code: payer.channel, **gateways.payments})


@pytest.fixture
def agreement(session, gateways, site) -> str:
    found = one_loan(session, gateways, site, "reamortise")
    paid(session, found, fen=50_000, on=date(2026, 11, 25))
    return found


@pytest.fixture
def phone(session, client, clock, agreement):
    return signed_in(session, client, clock, agreement, TODAY)


@pytest.fixture
def ordered(phone, agreement, way):
    """The page of an order that was handed over, in a browser."""
    return send(phone, f"/agreement/{agreement}/pay", way=way)


@pytest.fixture
def order(session, payer, ordered):
    """An order to which its payer came."""
    found = order_of(session, order_id(ordered))
    if isinstance(payer, AlipayPayer):
        payer.server.come(found.go_url)
    return found


def call(app, way, callback):
    """A channel calls: no browser, no cookie, no token; headers as WSGI servers write them."""
    headers, body = callback
    named = {name.title(): value for name, value in headers.items()}
    kind = "application/json" if way == "wechat" else "application/x-www-form-urlencoded"
    return app.test_client().post(f"/pay/notify/{way}", data=body, headers=named, content_type=kind)


def mine(session) -> list:
    """Payments but the first, which is the plan's."""
    return payments_of(session)[1:]


def test_in_a_browser_a_link_leads_to_the_channel_and_the_callback_is_money(
    phone, app, session, payer, way, ordered, order
):
    assert ordered.page.first("h1").text().startswith("付 ¥")
    (link,) = [one for one in ordered.page.iter("a") if one.get("data-go") is not None]
    host = "https://wx.test/" if way == "wechat" else payer.server.gateway
    assert link.get("href").startswith(host)
    assert "noreferrer" not in (link.get("rel") or "")

    answer = call(app, way, payer.pay(order.number))
    assert (answer.status_code, answer.data) == (200, payer.channel.thanks()[0])
    (payment,) = mine(session)
    assert (payment.channel, payment.fen) == (payer.channel.channel, order.fen)
    page = phone.get(f"/pay/{order.public_id}")
    assert page.page.first("h1").text().startswith("收到了")


def test_without_a_callback_asking_finds_it(phone, session, payer, ordered, order):
    payer.pay(order.number)
    page = phone.post_form(ordered, _action=f"/pay/{order.public_id}/ask")
    assert page.page.first("h1").text().startswith("收到了")
    assert len(mine(session)) == 1


def test_repeats_in_any_order_with_forged_ones_among_them_are_one_payment(
    app, session, clock, payer, way, order
):
    chance = random.Random(way)
    payer.pay(order.number)
    for after in SCHEDULE:
        clock.advance(seconds=after)
        good, (headers, body) = payer.again(order.number), payer.forged(order.number)
        calls = [(200, good), (400, (headers, body)), (400, (good[0], good[1] + b" "))]
        chance.shuffle(calls)
        for status, callback in calls:
            assert call(app, way, callback).status_code == status
    assert len(mine(session)) == 1
    assert receipts(session) == 2
    assert session.scalar(select(func.count(ProviderEvent.id))) == 1
    assert session.scalar(select(func.sum(RefusedTry.count))) == 2 * len(SCHEDULE)


def test_a_fen_less_is_kept_for_a_person_and_pays_nothing(app, session, payer, way, order):
    told = payer.server.pay(order.number, order.fen - 1)
    if way == "wechat":
        callback = payer.server.callback(told)
    else:
        callback = {}, payer.server.signed_form(told)
    assert call(app, way, callback).status_code == 200
    (payment,) = mine(session)
    assert (payment.fen, payment.state) == (order.fen - 1, "unmatched")
    assert order_of(session, order.public_id).state == "differs"


def test_of_another_merchant_nothing_is_kept(app, session, payer, way, order):
    told = payer.server.pay(order.number)
    if way == "wechat":
        callback = payer.server.callback(told | {"mchid": "1900000108"})
    else:
        callback = {}, payer.server.signed_form(told | {"seller_id": "2088000000000000"})
    assert call(app, way, callback).status_code == 400
    assert mine(session) == []
    assert session.scalar(select(func.count(ProviderEvent.id))) == 0


class TestInsideWeChat:
    @pytest.fixture(params=PAYERS[:2])
    def payer(self, request, clock):
        found = WeChatPayer(clock, public_key_mode="public" in request.param)
        yield found
        found.stop()

    @pytest.fixture
    def inside(self, phone):
        phone.environ_base["HTTP_USER_AGENT"] = INSIDE_WECHAT
        return phone

    def test_wechat_says_who_pays_and_its_own_window_opens(
        self, inside, app, session, payer, agreement
    ):
        page = send(inside, f"/agreement/{agreement}/pay", way="wechat")
        order = order_of(session, order_id(page))
        (link,) = [one for one in page.page.iter("a") if one.get("data-go") is not None]
        asked = parse_qs(urlsplit(link.get("href")).query)
        assert asked["scope"] == ["snsapi_base"]
        assert payer.server.orders == {}

        payer.server.codes["C1"] = "oUpF8u"
        back = urlsplit(asked["redirect_uri"][0]).path
        page = inside.get(f"{back}?code=C1&state={asked['state'][0]}")
        page = inside.post_form(page, _action=f"{back}/who")
        (button,) = [one for one in page.page.iter("button") if one.get("data-bridge")]
        assert "paySign" in button.get("data-bridge")
        assert payer.server.orders[order.number]["payer"] == {"openid": "oUpF8u"}

        assert call(app, "wechat", payer.pay(order.number)).status_code == 200
        assert inside.get(back).page.first("h1").text().startswith("收到了")
        # Who the payer is to WeChat is gone with the order.
        assert order_of(session, order.public_id).openid_enc is None

    def test_a_code_of_nobody_leaves_the_order_open(self, inside, session, payer, agreement):
        page = send(inside, f"/agreement/{agreement}/pay", way="wechat")
        order = order_of(session, order_id(page))
        page = inside.get(f"/pay/{order.public_id}?code=C9&state={order.public_id}")
        page = inside.post_form(page, _action=f"/pay/{order.public_id}/who")
        assert "没有扣款" in words(page)
        assert payer.server.orders == {}


@pytest.mark.parametrize("payer", PAYERS[:2], indirect=True)  # Alipay is asked nothing
def test_where_the_channel_is_down_nothing_is_taken_and_it_is_said(
    phone, session, payer, way, agreement
):
    payer.server.served.change = lambda reply: None
    page = send(phone, f"/agreement/{agreement}/pay", way=way)
    assert "没有扣款" in words(page)
    assert order_of(session, order_id(page)).state == "waiting"
    payer.server.served.change = lambda reply: reply
    page = phone.post_form(page, _action=f"/pay/{order_id(page)}/go")
    assert [one for one in page.page.iter("a") if one.get("data-go") is not None]


def test_after_its_time_an_order_that_nobody_paid_is_closed_there_too(
    session, clock, payer, order, gateways, site
):
    clock.advance(minutes=16)
    context = acting(now=clock.now(), gateways=gateways, site=site)
    ask_silent(session, context, limit=10)
    assert order_of(session, order.public_id).state == "closed"
    assert payer.channel.ask(order.number).fate == "closed"
