"""Alipay over the real SDK, beyond the contract: what is signed, what is refused, what a notice
means.
"""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from app.integrations.payments.alipay import AlipayPayments
from app.ports.payments import ChannelDown, ChannelRefuses, News, NotGenuine, RefundNews
from tests.support.channels import alipay
from tests.support.channels.payers import AlipayPayer, order
from tests.support.channels.served import Reply


@pytest.fixture
def payer(clock):
    found = AlipayPayer(clock)
    yield found
    found.stop()


@pytest.fixture
def told(payer):
    """What a notice of a paid order holds."""
    payer.open(order("T1", 8001, payer.clock))
    return payer.server.pay("T1")


def read(payer, told, **how):
    return payer.channel.read({}, payer.server.signed_form(told, **how))


def back(payer, fen, refund="R1"):
    return payer.channel.refund(order_number="T1", refund_number=refund, fen=fen, of_fen=8001)


class TestOpening:
    @pytest.mark.parametrize(("fen", "yuan"), [(1, "0.01"), (8001, "80.01"), (100_000, "1000.00")])
    def test_the_address_is_signed_and_nothing_is_asked(self, payer, fen, yuan):
        found = payer.channel.open(order("T1", fen, payer.clock), scene="alipay")
        asked = dict(parse_qsl(urlsplit(found.url).query))
        wish = json.loads(asked["biz_content"])
        assert wish["total_amount"] == yuan
        assert wish["time_expire"] == "2026-11-23 10:30:00"
        assert asked["timestamp"] == "2026-11-23 10:00:00"
        assert asked["return_url"] == "https://anhuan.example.cn/pay/1?a=b"
        assert asked["notify_url"] == "https://anhuan.example.cn/pay/notify"
        assert payer.server.served.asked == []
        assert payer.server.come(found.url) == "T1"

    def test_nobody_can_change_the_sum_in_it(self, payer):
        url = payer.channel.open(order("T1", 8001, payer.clock), scene="browser").url
        with pytest.raises(AssertionError, match="does not hold"):
            payer.server.come(url.replace("80.01", "00.01"))

    def test_wechat_blocks_it(self, payer):
        assert "wechat" not in payer.channel.scenes()
        with pytest.raises(ChannelRefuses):
            payer.channel.open(order("T1", 1, payer.clock), scene="wechat")

    def test_before_its_payer_comes_it_is_unknown_and_closing_is_fine(self, payer):
        payer.channel.open(order("T1", 8001, payer.clock), scene="browser")
        assert payer.channel.ask("T1") == News("T1", "unknown")
        payer.channel.close("T1")

    def test_nobody_says_who_he_is(self, payer):
        assert payer.channel.openid_url(return_url="https://x", state="s") == ""
        with pytest.raises(ChannelRefuses):
            payer.channel.openid("C1")


class TestNotices:
    @pytest.mark.parametrize(
        "change",
        [
            {"app_id": "2021000000000000"},
            {"seller_id": "2088000000000000"},
            {"seller_id": ""},
            {"trade_status": "TRADE_PERHAPS"},
            {"total_amount": "80.015"},
            {"total_amount": "8e1"},
            {"total_amount": "0.00"},
            {"total_amount": "-80.01"},
            {"trade_no": ""},
            {"out_trade_no": ""},
            {"notify_id": ""},
            {"gmt_payment": "23.11.2026"},
            {"charset": "gbk"},
        ],
    )
    def test_what_is_not_ours_or_cannot_be_is_not_genuine(self, payer, told, change):
        with pytest.raises(NotGenuine):
            read(payer, told | change)

    def test_without_its_merchant_it_is_not_ours(self, payer, told):
        for name in ("app_id", "seller_id"):
            with pytest.raises(NotGenuine):
                read(payer, {key: value for key, value in told.items() if key != name})

    def test_a_fen_less_is_told_as_it_is(self, payer):
        payer.open(order("T1", 8001, payer.clock))
        assert read(payer, payer.server.pay("T1", 8000)).fen == 8000

    @pytest.mark.parametrize("state", ["TRADE_SUCCESS", "TRADE_FINISHED"])
    def test_paid_for_good_is_paid_too(self, payer, told, state):
        assert read(payer, told | {"trade_status": state}).fate == "paid"

    def test_closed_unpaid_and_waiting(self, payer, told):
        unpaid = {name: value for name, value in told.items() if name != "gmt_payment"}
        assert read(payer, unpaid | {"trade_status": "TRADE_CLOSED"}).fate == "closed"
        assert read(payer, unpaid | {"trade_status": "WAIT_BUYER_PAY"}).fate == "waiting"

    @pytest.mark.parametrize("fen", [3000, 8001])
    def test_a_refund_is_not_mistaken_for_a_payment(self, payer, told, fen):
        back(payer, fen)
        notice = payer.server.refund_notice("R1")
        whole = fen == 8001
        assert notice["trade_status"] == ("TRADE_CLOSED" if whole else "TRADE_SUCCESS")
        found = read(payer, notice)
        assert isinstance(found, RefundNews)
        assert (found.refund_number, found.order_number) == ("R1", "T1")
        # It names the sum of all refunds, so what became of this one is asked.
        assert (found.fate, found.fen) == ("waiting", 0)
        assert payer.channel.ask_refund(order_number="T1", refund_number="R1").fen == fen

    def test_finished_after_a_refund_is_the_payment(self, payer, told):
        back(payer, 3000)
        notice = payer.server.refund_notice("R1") | {"trade_status": "TRADE_FINISHED"}
        assert (read(payer, notice).fate, read(payer, notice).fen) == ("paid", 8001)

    def test_other_notices_are_no_business_of_ours(self, payer, told):
        assert read(payer, told | {"notify_type": "open_app_auth_notify"}) is None

    def test_empty_fields_are_signed_too(self, payer, told):
        assert read(payer, told | {"body": "", "passback_params": ""}).fate == "paid"

    @pytest.mark.parametrize("sign_type", ["RSA", "", "rsa2"])
    def test_weaker_signatures_are_not_taken(self, payer, told, sign_type):
        body = payer.server.signed_form(told).decode()
        for sent in (body.replace("sign_type=RSA2", f"sign_type={sign_type}"), body[:-15]):
            with pytest.raises(NotGenuine):
                payer.channel.read({}, sent.encode())

    def test_a_name_that_comes_twice_is_not_taken(self, payer, told):
        body = payer.server.signed_form(told)
        for more in (b"&total_amount=0.01", b"&sign_type=RSA2"):
            for sent in (body + more, more[1:] + b"&" + body):
                with pytest.raises(NotGenuine):
                    payer.channel.read({}, sent)

    def test_a_field_more_is_not_taken(self, payer, told):
        with pytest.raises(NotGenuine):
            payer.channel.read({}, payer.server.signed_form(told) + b"&extra=1")

    def test_no_end_of_fields_is_not_taken(self, payer):
        many = urlencode({f"f{n}": n for n in range(1000)}).encode()
        with pytest.raises(NotGenuine):
            payer.channel.read({}, many)


class TestRefunds:
    def test_done_at_once_with_its_own_sum(self, payer, told):
        assert (back(payer, 3000).fen, back(payer, 1000, "R2").fen) == (3000, 1000)
        assert back(payer, 1, "R3").fate == "done"

    def test_a_repeat_is_asked_for_and_not_believed(self, payer, told):
        back(payer, 3000)
        assert (back(payer, 3000).fate, back(payer, 3000).fen) == ("done", 3000)

    def test_the_same_number_with_another_sum_is_refused(self, payer, told):
        back(payer, 3000)
        with pytest.raises(ChannelRefuses, match="DISCORDANT"):
            back(payer, 3001)

    def test_one_without_a_state_is_unknown(self, payer, told):
        back(payer, 3000)
        del payer.server.refunds["R1"]["refund_status"]
        found = payer.channel.ask_refund(order_number="T1", refund_number="R1")
        assert found == RefundNews("R1", "T1", "unknown")
        assert back(payer, 3000).fate == "waiting"


class TestFaults:
    CALLS = (
        lambda channel: channel.ask("T1"),
        lambda channel: channel.close("T1"),
        lambda channel: channel.ask_refund(order_number="T1", refund_number="R1"),
        lambda channel: channel.refund(order_number="T1", refund_number="R1", fen=1, of_fen=8001),
    )
    METHODS = (
        "alipay.trade.query",
        "alipay.trade.close",
        "alipay.trade.fastpay.refund.query",
        "alipay.trade.refund",
    )

    @pytest.mark.parametrize(
        ("code", "word"),
        [
            ("20000", "isp.unknow-error"),
            ("20000", "aop.ACQ.SYSTEM_ERROR"),
            ("40004", "ACQ.SYSTEM_ERROR"),
            ("40004", "aop.ACQ.SYSTEM_ERROR"),
            ("40005", "isv.app-call-limited"),
            ("40005", "method-call-limited"),
            ("40004", "unknow-error"),
            ("", "SOMETHING"),
        ],
    )
    def test_come_again_is_down(self, payer, told, code, word):
        payer.server.refuses |= dict.fromkeys(self.METHODS, (code, word))
        for call in self.CALLS:
            with pytest.raises(ChannelDown):
                call(payer.channel)

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(500, b"{}"),
            Reply(200, b"<html>"),
            Reply(200, b"[]"),
            Reply(200, b"{}"),
            Reply(302, b""),
            Reply(200, b'{"alipay_trade_query_response":{"code":"10000"}}'),
            Reply(200, b'{"alipay_trade_query_response":{"code":"10000"},"sign":"AAAA"}'),
            Reply(200, b'{"alipay_trade_query_response":{"code":"10000"},"sign":"A"}'),
            None,
        ],
    )
    def test_what_is_no_answer_of_theirs_is_down(self, payer, told, reply):
        payer.server.served.change = lambda _reply: reply
        with pytest.raises(ChannelDown):
            payer.channel.ask("T1")

    def test_where_our_account_is_wrong_nothing_is_known(self, payer, told):
        other = replace(payer.server.account(), app_id="2021000000000000")
        channel = AlipayPayments(other, clock=payer.clock, gateway=payer.server.gateway)
        with pytest.raises(ChannelDown):
            channel.ask("T1")
        with pytest.raises(ChannelRefuses, match=r"isv\.invalid-signature"):
            channel.refund(order_number="T1", refund_number="R1", fen=1, of_fen=8001)

    def test_an_answer_of_another_order_is_none(self, payer, told):
        payer.open(order("T2", 1, payer.clock))
        trades = payer.server.trades
        trades["T1"], trades["T2"] = trades["T2"], trades["T1"]
        with pytest.raises(ChannelDown):
            payer.channel.ask("T1")

    def test_braces_within_a_text_do_not_end_the_answer(self, payer, told):
        payer.server.trades["T1"]["subject"] = 'a "}" and { b'
        assert payer.channel.ask("T1").fate == "paid"

    def test_sums_that_come_as_numbers_are_no_floats(self, payer, told):
        payer.server.trades["T1"]["total_amount"] = 1.15
        assert payer.channel.ask("T1").fen == 115

    def test_closing_while_someone_pays_is_told_as_unknown(self, payer):
        payer.open(order("T1", 1, payer.clock))
        payer.server.refuses["alipay.trade.close"] = ("40004", "ACQ.TRADE_STATUS_ERROR")
        with pytest.raises(ChannelDown):
            payer.channel.close("T1")


def test_nothing_secret_is_shown_or_logged(payer, told, caplog):
    caplog.set_level("DEBUG")
    payer.channel.ask("T1")
    with pytest.raises(NotGenuine):
        payer.channel.read({}, b"a=b")
    assert "PRIVATE KEY" not in repr(payer.server.account()) + caplog.text
    assert alipay.APP_ID not in caplog.text
