"""The report of a month as CSV: kept as it was handed to both people. Pure."""

import csv
import io
from collections.abc import Mapping
from datetime import date

from app.services.closing.figures import MonthTold

ACCOUNTS: Mapping[str, str] = {
    "receivable": "方案应收",
    "receivable_regular": "补还期间合同应收",
    "receivable_contract": "失效后合同应收",
    "waived": "已减免",
    "plan_money": "方案来款未入账",
    "credit": "借款人多付",
    "bank": "来款划转",
    "opening": "期初",
    "excess": "超上限",
    "income": "利息收入",
    "waiver_expense": "减免支出",
    "break_adjustment": "失效调整",
    "clearing": "渠道资金",
    "unmatched": "未认领",
    "refund_payable": "要退回",
    "transfer_out": "划给核心",
}
TOLD: Mapping[str, str] = {
    "received": "实收",
    "waived": "兑现的减免",
    "plan_interest": "方案利息",
    "refunded": "退款",
}
FIGURES = ("before_fen", "debit_fen", "credit_fen", "after_fen")
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_of(month: date, told: MonthTold) -> str:
    """Return the report: the trial balance by account and channel, and what people ask first.

    Units: yuan with two decimals; a debit positive.
    """
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\r\n").writerow
    write(("月份", "部分", "科目", "渠道", "期初", "借方", "贷方", "期末"))
    said = month.isoformat()[:7]
    for one in told.accounts:
        fen = (one.before_fen, one.debit_fen, one.credit_fen, one.after_fen)
        name = ACCOUNTS.get(one.account, one.account)
        write((said, "试算平衡", name, _text(one.channel), *map(_yuan, fen)))
    sums = [sum(getattr(one, name) for one in told.accounts) for name in FIGURES]
    write((said, "试算平衡", "合计", "", *map(_yuan, sums)))
    for name, words in TOLD.items():
        write((said, "合计", words, "", "", "", "", _yuan(told.told[name])))
    write((said, "指纹", f"分录组 {told.journals}，划转 {told.moves}", told.content_sha256))
    return file.getvalue()


def _yuan(fen: int) -> str:
    """A number as a spreadsheet reads it."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
