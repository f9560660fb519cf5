"""What every voucher has in common: its shape, and when two of them are the same paper."""

from datetime import date

import pytest

from app.services.vouchers.text import (
    Row,
    RowTable,
    VoucherHolder,
    VoucherTold,
    facts_sha256,
    voucher_text,
)
from tests.support.agreements import SITE

HOLDER = VoucherHolder("*敏", "9****************5")
DAY = date(2026, 11, 23)


def told(**changes):
    values = {
        "kind": "receipt",
        "says": f"今收到{HOLDER.called}的还款。",
        "facts": (Row("哪天付的", "2026年11月23日"),),
        "tables": (RowTable("还了什么", (Row("本金", "¥1.00", "尾号 3071"),)),),
        "notes": ("说明",),
        "check": "可以核对",
    }
    return VoucherTold(**(values | changes))


def text(one, *, on=DAY):
    return voucher_text(one, holder=HOLDER, site=SITE, issued_on=on)


def test_a_text_holds_everything_and_a_total_only_where_there_is_one():
    found = text(told(total_label="收到", total_fen=100))
    assert found["total"] == {"label": "收到", "fen": 100, "capital": "人民币壹元整"}
    assert found["says"] == "今收到*敏（证件号码 9****************5）的还款。"
    assert found["tables"][0]["rows"] == [{"what": "本金", "small": "尾号 3071", "value": "¥1.00"}]
    assert text(told())["total"] is None
    assert (found["title"], found["issued_on"]) == ("还款收据", "2026-11-23")


@pytest.mark.parametrize(
    ("other", "about", "is_same"),
    [
        (text(told(), on=date(2026, 11, 24)), "x", True),
        (text(told()), "y", False),
        (text(told(notes=())), "x", False),
        (text(told(total_label="收到", total_fen=1)), "x", False),
    ],
    ids=["another day", "about another", "other words", "another sum"],
)
def test_the_same_facts_on_another_day_are_the_same_paper(other, about, is_same):
    mine = facts_sha256(text(told()), about="x")
    assert (facts_sha256(other, about=about) == mine) is is_same
