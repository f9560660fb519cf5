"""Alipay's trade bill: a zip of tables in GBK, read line by line, added up; else there is none."""

import zipfile
from datetime import date
from io import BytesIO

import pytest

from app.integrations.payments import alipay_bills
from app.integrations.payments.alipay import _as_safe
from app.ports.payments import ChannelDown, StatementLine
from tests.support.channels.alipay import payment_row, refund_row, zipped
from tests.support.channels.payers import AlipayPayer
from tests.support.channels.served import Reply
from tests.support.clock import NOW

DAY = date(2026, 11, 23)
ROWS = [
    payment_row("T1", "2026112322001", "80.01", at=NOW, fee="-0.48"),
    payment_row("T2", "2026112322002", "100.00", at=NOW, title='"服装,鞋"'),
    refund_row("T1", "2026112322001", "R1", "30.00", at=NOW, fee="0.18"),
]


@pytest.fixture
def payer(clock):
    found = AlipayPayer(clock)
    clock.advance(days=1)
    yield found
    found.stop()


def lines(payer) -> list[StatementLine]:
    return list(payer.channel.statement(DAY))


def test_lines_have_order_ref_sum_fee_and_time(payer):
    payer.server.bill(DAY, ROWS)
    assert lines(payer) == [
        StatementLine("payment", "T1", "2026112322001", 8001, 48, NOW),
        StatementLine("payment", "T2", "2026112322002", 10000, 6, NOW),
        StatementLine("refund", "T1", "2026112322001", 3000, -18, NOW, "R1"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("交易\t", "转账\t"),
        ("80.01\t", "80.015\t"),
        ("-0.48\t", "-\t"),
        ("2026-11-23 10:00:00\t", "23.11.2026\t"),
        ("业务明细列表结束", "业务明细"),
        ("#交易合计", "#合计"),
        ("交易合计：2笔", "交易合计：3笔"),
        ("共180.01元", "共180.00元"),
        ("共-30.00元", "共30.00元"),
        ("服务费（元）", "费用"),
        ("业务明细列表-", "列表-"),
    ],
)
def test_a_table_that_cannot_be_understood_spoils_the_day(payer, before, after):
    payer.server.bill(DAY, ROWS)
    assert len(lines(payer)) == 3
    with zipfile.ZipFile(BytesIO(payer.server.bills[DAY])) as file:
        texts = [file.read(one).decode("gbk") for one in file.infolist()]
    assert before in texts[0]
    spoiled = zipped({"1.csv": texts[0].replace(before, after), "2.csv": texts[1]})
    payer.server.bills[DAY] = spoiled
    with pytest.raises(ChannelDown):
        lines(payer)


def test_a_table_that_broke_off_is_none(payer):
    payer.server.bill(DAY, ROWS)
    payer.server.bills[DAY] = payer.server.bills[DAY][:-40]
    with pytest.raises(ChannelDown):
        lines(payer)


@pytest.mark.parametrize("body", [b"", b"<html>", zipped({"a.csv": "b"}), zipped({})])
def test_what_is_no_bill_is_none(payer, body):
    payer.server.bills[DAY] = body
    with pytest.raises(ChannelDown):
        lines(payer)


@pytest.mark.parametrize(("name", "most"), [("MOST_BYTES", 100), ("MOST_FILES", 1)])
def test_more_than_a_day_can_hold_is_none(payer, monkeypatch, name, most):
    payer.server.bill(DAY, ROWS)
    monkeypatch.setattr(alipay_bills, name, most)
    with pytest.raises(ChannelDown):
        lines(payer)


def test_a_file_that_is_not_there_any_more_is_none(payer):
    """The address is good for half a minute."""
    payer.server.bill(DAY, ROWS)
    payer.server.served.change = lambda reply: (
        reply if reply.body.startswith(b"{") else Reply(403, b"")
    )
    with pytest.raises(ChannelDown):
        lines(payer)


@pytest.mark.parametrize(
    ("url", "gateway", "asked"),
    [
        ("http://a.cn/b?c=http://d", "https://e.cn/f", "https://a.cn/b?c=http://d"),
        ("https://a.cn/b", "https://e.cn/f", "https://a.cn/b"),
        ("http://127.0.0.1:1/b", "http://127.0.0.1:1/f", "http://127.0.0.1:1/b"),
        ("https://a.cn/b", "http://127.0.0.1:1/f", "https://a.cn/b"),
        ("", "https://e.cn/f", ""),
    ],
)
def test_a_bill_is_asked_for_as_safely_as_its_gateway(url, gateway, asked):
    """Alipay's own examples name it without TLS."""
    assert _as_safe(url, gateway) == asked


def test_in_the_morning_no_bill_means_not_yet(payer):
    with pytest.raises(ChannelDown):
        lines(payer)
    payer.clock.advance(hours=2)
    assert lines(payer) == []


@pytest.mark.parametrize("word", ["BILL_NOT_EXIST", "isv.bill-not-exist"])
def test_it_has_several_words_for_no_bill(payer, word):
    payer.clock.advance(hours=2)
    payer.server.refuses["alipay.data.dataservice.bill.downloadurl.query"] = ("40004", word)
    assert lines(payer) == []


def test_where_our_account_may_not_have_it_the_day_is_not_empty(payer):
    payer.clock.advance(days=1)
    method = "alipay.data.dataservice.bill.downloadurl.query"
    payer.server.refuses[method] = ("40006", "isv.insufficient-isv-permissions")
    with pytest.raises(ChannelDown):
        lines(payer)
