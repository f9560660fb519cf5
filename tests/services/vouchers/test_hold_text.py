"""The words of the paper of a hold: on what, since when, until when."""

from datetime import UTC, datetime

import pytest

from app.services.vouchers.hold_text import HoldTold, hold_told, until_words
from app.services.vouchers.text import VoucherHolder

HOLDER = VoucherHolder("*敏", "9****************5")
AT = datetime(2026, 11, 23, 2, 5, tzinfo=UTC)
UNTIL = datetime(2026, 12, 23, 16, 0, tzinfo=UTC)


def hold(**changes):
    values = {
        "cause": "plan_submitted",
        "plan_number": "AH-00318",
        "state": "submitted",
        "loans": [("装修分期", "JD1")],
        "from_at": AT,
        "until_at": None,
    }
    return HoldTold(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "方案有结果那天"),
        ({"state": "approved"}, "签字那天"),
        ({"state": "under_appeal"}, "申诉有结果那天"),
        ({"cause": "plan_kept", "state": "signed"}, "方案结束那天"),
        ({"until_at": UNTIL}, "2026年12月24日 0:00"),
    ],
)
def test_until_when(changes, words):
    assert until_words(hold(**changes)) == words


def test_a_kept_plan_allows_its_reminders_and_nothing_else():
    kept = hold_told(hold(cause="plan_kept"), holder=HOLDER)
    waits = hold_told(hold(), holder=HOLDER)
    assert "只在到期前和当天给本人发一条提醒" in kept.notes[0]
    assert "不发提醒" in waits.notes[0]
    assert kept.total_fen is None


def test_it_names_the_loans_or_all_of_them():
    facts = {row.what: row.value for row in hold_told(hold(), holder=HOLDER).facts}
    assert (facts["合同"], facts["为什么"]) == ("装修分期，借据号 JD1", "方案 AH-00318")
    own = hold(cause="breathing", loans=[], plan_number="", until_at=UNTIL)
    facts = {row.what: row.value for row in hold_told(own, holder=HOLDER).facts}
    assert (facts["合同"], facts["为什么"]) == ("名下全部借款", "本人申请，先缓一缓")
