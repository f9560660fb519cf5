"""Receipts of providers are read as they send them, and nothing else is taken for one."""

import json
from datetime import datetime

import pytest

from app.domain.calendar import BEIJING
from app.integrations.sms.local import LocalReceipts, LocalSms
from app.integrations.sms.tencent_receipts import TencentReceipts
from app.ports.sms import Receipt, ReceiptsUnreadable, Sms
from tests.support.clock import NOW

KEY = "3f" * 32
TOLD = {
    "user_receive_time": "2026-11-23 09:03:04",
    "nationcode": "86",
    "mobile": "19003740000",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "2019:1",
}


def read(*told):
    return TencentReceipts(KEY).read(json.dumps(told).encode())


def test_a_receipt_of_the_provider_is_read_without_the_number_in_it():
    at = datetime(2026, 11, 23, 9, 3, 4, tzinfo=BEIJING)
    assert read(TOLD, TOLD | {"sid": "2"}) == (
        Receipt("2019:1", True, "", "DELIVRD", at),
        Receipt("2", True, "", "DELIVRD", at),
    )


@pytest.mark.parametrize(
    ("code", "why", "kept"),
    [
        ("UNDELIV", "unreachable", "UNDELIV"),
        ("MK:0001", "unreachable", "MK:0001"),
        ("002", "unreachable", "002"),
        ("MBBLACK", "blocked", "MBBLACK"),
        ("-106", "blocked", "-106"),
        ("XX:9", "other", "XX:9"),
        ("", "other", ""),
        (None, "other", ""),
        ("19003740000 李雷 说不要", "other", ""),
        ("A" * 41, "other", ""),
    ],
)
def test_why_a_message_did_not_arrive(code, why, kept):
    (told,) = read(TOLD | {"report_status": "FAIL", "errmsg": code})
    assert (told.is_delivered, told.why, told.code) == (False, why, kept)


@pytest.mark.parametrize("when", ["", None, "yesterday", "2026-13-01 00:00:00", 7])
def test_a_time_that_cannot_be_read_spoils_no_receipt(when):
    assert read(TOLD | {"user_receive_time": when})[0].at is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"{}",
        b"7",
        b"[7]",
        b"[" * 60_000,
    ],
)
def test_what_is_no_receipt_is_told(body):
    with pytest.raises(ReceiptsUnreadable):
        TencentReceipts(KEY).read(body)


@pytest.mark.parametrize(
    "odd",
    [
        {"sid": None},
        {"sid": ""},
        {"sid": 7},
        {"sid": "1" * 65},
        {"sid": "a\x00b"},
        {"sid": "编号"},
        {"report_status": "MAYBE"},
        {"report_status": ["SUCCESS"]},
    ],
)
def test_one_that_cannot_be_read_names_nothing_and_spoils_no_other(odd):
    assert [one.id for one in read(TOLD | odd, TOLD)] == ["", "2019:1"]


@pytest.mark.parametrize("given", ["", KEY[:-1], KEY.upper(), KEY + "0", "钥匙"])
def test_only_the_key_of_the_settings_opens(given, tmp_path):
    for receipts in (TencentReceipts(KEY), LocalReceipts(tmp_path / "sms.jsonl", KEY)):
        assert receipts.is_its_key(KEY)
        assert not receipts.is_its_key(given)


def test_a_provider_without_a_key_is_nobody():
    assert not TencentReceipts("").is_its_key("")


def test_the_local_gateway_delivers_fails_and_stays_silent_by_number(tmp_path):
    path = tmp_path / "sms.jsonl"
    fates = {"": "delivered", "1": "failed", "01": "silent"}
    gateway = LocalSms(path, fates=fates)
    taken = [
        gateway.send(Sms(to=f"190037400{end}", text="t", at=NOW, key=end)).id
        for end in ("00", "11", "01")
    ]
    receipts = LocalReceipts(path, KEY)
    assert receipts.waiting() == (
        Receipt(taken[0], True),
        Receipt(taken[1], False, "unreachable"),
    )
    assert receipts.waiting() == ()  # taken away


def test_receipts_of_the_local_gateway_can_be_posted(tmp_path):
    receipts = LocalReceipts(tmp_path / "sms.jsonl", KEY)
    assert receipts.read(b'[{"id": "a", "state": "delivered"}]') == (Receipt("a", True),)
    for body in (b"", b"{}", b"[{}]", b"[1]", b"7"):
        if body == b"{}":
            assert receipts.read(body) == ()
            continue
        with pytest.raises(ReceiptsUnreadable):
            receipts.read(body)
