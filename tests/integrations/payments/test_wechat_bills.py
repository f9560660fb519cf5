"""WeChat Pay's trade bill: read line by line, hashed, added up; else there is none."""

from datetime import date, timedelta

import pytest

from app.integrations.payments import wechat_bills
from app.ports.payments import ChannelDown, StatementLine
from tests.support.channels.payers import WeChatPayer
from tests.support.channels.served import Reply
from tests.support.channels.wechat import HEADING, payment_row, refund_row
from tests.support.clock import NOW

DAY = date(2026, 11, 23)


@pytest.fixture
def payer(clock):
    found = WeChatPayer(clock, public_key_mode=True)
    clock.advance(days=1)
    yield found
    found.stop()


def lines(payer) -> list[StatementLine]:
    return list(payer.channel.statement(DAY))


ROWS = [
    payment_row("T1", "4200001", "80.01", at=NOW, fee="0.48000"),
    payment_row("T2", "4200002", "100.00", at=NOW, title="服装,鞋 `帽,包"),
    refund_row("T1", "50300001", "R1", "30.00", at=NOW, fee="-0.18000"),
]


def test_lines_have_order_ref_sum_fee_and_time(payer):
    payer.server.bill(DAY, ROWS)
    assert lines(payer) == [
        StatementLine("payment", "T1", "4200001", 8001, 48, NOW),
        StatementLine("payment", "T2", "4200002", 10000, 6, NOW),
        StatementLine("refund", "T1", "50300001", 3000, -18, NOW, "R1"),
    ]


@pytest.mark.parametrize(
    ("state", "count"), [("SUCCESS", 1), ("PROCESSING", 1), ("CHANGE", 1), ("FAIL", 0)]
)
def test_a_refund_counts_unless_the_money_never_went(payer, state, count):
    payer.server.bill(DAY, [refund_row("T1", "503", "R1", "30.00", at=NOW, state=state)])
    assert len(lines(payer)) == count


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (9, "PERHAPS"),
        (11, "USD"),
        (24, "80.015"),
        (24, "1e3"),
        (24, ""),
        (22, "0.6%"),
        (0, "2026-11-23"),
    ],
)
def test_a_line_that_cannot_be_understood_spoils_the_day(payer, at, value):
    row = payment_row("T1", "4200001", "80.01", at=NOW)
    sums = ["1", "80.01", "0.00", "0.00", "0.06", "80.01", "0.00"]
    payer.server.bill(DAY, [row], sums=sums)
    assert len(lines(payer)) == 1
    broken = [*row[:at], value, *row[at + 1 :]]
    text = payer.server.bills[DAY].decode().replace("`".join(row), "`".join(broken))
    joined, spoiled = ",`".join(row), ",`".join(broken)
    payer.server.bills[DAY] = text.replace(joined, spoiled).encode()
    with pytest.raises(ChannelDown):
        lines(payer)


@pytest.mark.parametrize(
    "sums",
    [
        ["2", "180.01", "30.00", "0.00", "0.36", "180.01", "30.00"],
        ["3", "180.01", "30.00", "0.00", "0.36", "180.00", "30.00"],
        ["3", "180.01", "30.00", "0.00", "0.36", "180.01", "29.99"],
        ["3"],
    ],
)
def test_a_bill_that_does_not_come_to_its_sums_is_none(payer, sums):
    payer.server.bill(DAY, ROWS, sums=sums)
    with pytest.raises(ChannelDown):
        lines(payer)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", HEADING.encode(), b"<html>", f"{HEADING}\r\n1,2".encode()]
)
def test_what_is_no_bill_is_none(payer, content):
    payer.server.bills[DAY] = content
    with pytest.raises(ChannelDown):
        lines(payer)


def test_a_file_with_another_hash_is_none(payer):
    payer.server.bill(DAY, ROWS)

    def spoiled(reply: Reply) -> Reply:
        is_bill = not reply.body.startswith(b"{")
        return Reply(200, payer.server.bills[DAY].replace(b"80.01", b"08.10")) if is_bill else reply

    payer.server.served.change = spoiled
    with pytest.raises(ChannelDown):
        lines(payer)


@pytest.mark.parametrize("body", [b"\x1f\x8bbroken", b"\x1f\x8b"])
def test_a_file_that_cannot_be_unpacked_is_none(payer, body):
    payer.server.bill(DAY, ROWS)
    payer.server.served.change = lambda reply: (
        reply if reply.body.startswith(b"{") else Reply(200, body)
    )
    with pytest.raises(ChannelDown):
        lines(payer)


def test_a_small_file_that_unpacks_to_a_huge_one_is_none(payer, monkeypatch):
    monkeypatch.setattr(wechat_bills, "MOST_BYTES", 1000)
    payer.server.bill(DAY, [payment_row(f"T{n}", f"42{n}", "1.00", at=NOW) for n in range(50)])
    with pytest.raises(ChannelDown):
        lines(payer)


def test_in_the_morning_no_bill_means_not_yet(payer):
    with pytest.raises(ChannelDown):
        lines(payer)
    payer.clock.advance(seconds=timedelta(hours=2).total_seconds())
    assert lines(payer) == []


def test_a_bill_under_way_is_not_an_empty_one(payer):
    payer.clock.advance(days=1)
    before = payer.server.served.answer
    payer.server.served.answer = lambda asked: (
        payer.server._no(400, "STATEMENT_CREATING") if "bill" in asked.path else before(asked)
    )
    with pytest.raises(ChannelDown):
        lines(payer)
