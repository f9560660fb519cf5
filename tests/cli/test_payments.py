"""payments-check: whether channels that collect money can be used, without moving any."""

from dataclasses import replace

import pytest

from tests.support.channels.payers import AlipayPayer, WeChatPayer
from tests.support.channels.served import Reply

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def payers(clock):
    found = {"wechat": WeChatPayer(clock, public_key_mode=False), "alipay": AlipayPayer(clock)}
    yield found
    for payer in found.values():
        payer.stop()


@pytest.fixture
def gateways(gateways, payers):
    channels = {code: payer.channel for code, payer in payers.items()}
    return replace(gateways, payments=channels)


def test_all_that_answer_can_be_used(answer, payers):
    status, told = answer("payments-check")
    assert status == 0
    assert told["channels"] == [
        {
            "code": code,
            "channel": channel,
            "answers": True,
            "callback": f"http://127.0.0.1:8000/pay/notify/{code}",
        }
        for code, channel in (("wechat", "微信支付"), ("alipay", "支付宝"))
    ]
    assert (payers["wechat"].server.orders, payers["alipay"].server.trades) == ({}, {})


def test_one_that_refuses_our_key_is_named(run, payers, caplog):
    payers["wechat"].server.served.change = lambda reply: Reply(401, b'{"code":"SIGN_ERROR"}')
    status, told, _aside = run("payments-check")
    assert status == 1
    assert told.splitlines() == [
        "微信支付：不能用，原因在日志（标准错误）里；通知地址 http://127.0.0.1:8000/pay/notify/wechat",
        "支付宝：正常；通知地址 http://127.0.0.1:8000/pay/notify/alipay",
    ]
    assert "SIGN_ERROR" in caplog.text


class TestWithout:
    @pytest.fixture
    def payers(self):
        return {}

    def test_a_channel_there_is_nothing_to_use(self, run):
        status, told, _aside = run("payments-check")
        assert (status, told) == (1, "没有设置付款通道\n")
