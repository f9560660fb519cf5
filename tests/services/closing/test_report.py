"""The report can be added up by whoever gets it, and no cell is a formula."""

import csv
import io
from datetime import date
from decimal import Decimal

from app.services.closing.figures import AccountMonth, MonthTold
from app.services.closing.report import report_of

TOLD = {"received": 5_00, "waived": 0, "plan_interest": 7, "refunded": 0}


def rows(*accounts):
    told = MonthTold(3, 2, "ab" * 32, accounts, TOLD)
    return list(csv.reader(io.StringIO(report_of(date(2026, 11, 1), told))))


def test_accounts_add_up_to_the_total():
    found = rows(AccountMonth("bank", "", -3, 500, 0), AccountMonth("clearing", "招行", 3, 0, 500))
    balance = [row for row in found if row[1] == "试算平衡"]
    *accounts, total = [[Decimal(cell) for cell in row[4:]] for row in balance]
    assert [sum(column) for column in zip(*accounts, strict=True)] == total
    assert balance[0][4:] == ["-0.03", "5.00", "0.00", "4.97"]
    assert balance[1][2:4] == ["渠道资金", "招行"]


def test_it_tells_what_people_ask_and_the_hash():
    found = rows()
    assert ["2026-11", "合计", "方案利息", "", "", "", "", "0.07"] in found
    assert found[-1][-1] == "ab" * 32


def test_a_channel_is_never_a_formula():
    found = rows(AccountMonth("clearing", "=1+1", 0, 1, 0))
    assert found[1][3] == "'=1+1"
