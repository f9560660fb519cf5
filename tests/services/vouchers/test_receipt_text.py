"""The words of a receipt: which part is which, in which order."""

from datetime import date

import pytest

from app.domain.keeping.standing import CoveredPart
from app.services.vouchers.receipt_text import MoneyCame, MoneyCovered, loan_receipt, plan_receipt
from app.services.vouchers.text import VoucherHolder

HOLDER = VoucherHolder("*敏", "9****************5")
DAY = date(2026, 12, 10)
CAME = MoneyCame(DAY, DAY, "微信支付", "420000012345", 100, 100)


def names(covered, **more):
    laid = MoneyCovered(covered=covered, ahead_fen=0, credit_fen=0, **more)
    told = plan_receipt(
        CAME,
        laid,
        holder=HOLDER,
        agreement="AH-00318-1",
        products={"JD1": "装修分期", "JD2": "日常消费"},
    )
    return [(row.what, row.small) for table in told.tables for row in table.rows]


def test_lines_go_by_instalment_then_loan_then_the_order_of_money():
    covered = (
        CoveredPart("JD2", 1, "principal", 1),
        CoveredPart("JD2", 1, "penalty", 1),
        CoveredPart("JD1", 1, "interest", 1),
        CoveredPart("JD1", 0, "principal", 1),
        CoveredPart("JD1", 2, "plan_interest", 1),
    )
    assert names(covered) == [
        ("先还的一笔　本金", "装修分期 尾号 JD1"),
        ("第 1 期　罚息", "日常消费 尾号 JD2"),
        ("第 1 期　本金", "日常消费 尾号 JD2"),
        ("第 1 期　原合同的利息", "装修分期 尾号 JD1"),
        ("第 2 期　方案期间的利息", "装修分期 尾号 JD1"),
    ]


@pytest.mark.parametrize(
    ("number", "more", "name"),
    [
        (7, {"regular": frozenset({7})}, "合同的第 7 期　本金"),
        (0, {"is_broken": True}, "方案开始时已经到期的　本金"),
    ],
)
def test_what_the_contract_asks_is_told_apart(number, more, name):
    assert names((CoveredPart("JD1", number, "principal", 1),), **more)[0][0] == name


def test_after_a_break_no_order_of_a_plan_is_claimed():
    laid = MoneyCovered(covered=(), ahead_fen=100, credit_fen=0, is_broken=True)
    told = plan_receipt(CAME, laid, holder=HOLDER, agreement="AH-00318-1", products={})
    assert "方案已经终止" in told.notes[0]


def test_of_a_loan_without_a_plan_no_components_are_told():
    told = loan_receipt(CAME, holder=HOLDER, product="装修分期", ref="JD1")
    assert told.tables == ()
    assert "以核心系统入账后的账单为准" in told.notes[0]
