"""import-repayments as the contract says."""

import pytest
from sqlalchemy import func, select

from app.domain.references import reference_of
from app.models import Payment, Plan
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.clock import NOW
from tests.support.lender_rows import write_csv

DAY = NOW.date().isoformat()
KEYS = {"rows", "posted", "duplicates", "unmatched", "rejected", "total_fen"}


@pytest.fixture
def plan(database, gateways):
    with database.sessions() as session:
        loan = make_loan(session, make_borrower(session, gateways.vault))
        version = make_plan(session, loan, state="approved")
        make_agreement(session, version)
        return session.get_one(Plan, version.plan_id)


@pytest.fixture
def file(tmp_path, plan):
    def line(number, **written):
        cells = {"流水号": f"C{number}", "渠道": "银行卡", "入账日期": DAY, "金额": "1,200.00"}
        return cells | {"备注": reference_of(plan.number)} | written

    old = "2026-11-01"
    lines = [line(1), line(2, 备注="还款"), line(3, 付款日期=old), line(4, 金额="-1"), line(1)]
    return write_csv(tmp_path / "repayments.csv", lines)


def stored(database):
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(Payment))


def test_what_came_is_told_as_the_contract_says(answer, file, plan, database):
    rehearsed = answer("import-repayments", file, "--dry-run")
    assert stored(database) == 0
    status, told = answer("import-repayments", file)
    assert (status, told) == rehearsed
    assert status == 0
    assert set(told) == KEYS
    assert (told["rows"], told["posted"], told["duplicates"]) == (5, 3, 1)
    assert told["total_fen"] == 360_000
    assert told["unmatched"] == [
        {"line": 3, "reason": "unknown_payer", "suggestions": []},
        {"line": 4, "reason": "old_value_date", "suggestions": [plan.number]},
    ]
    (rejected,) = told["rejected"]
    assert set(rejected) == {"line", "field", "code", "message"}
    assert (rejected["line"], rejected["field"], rejected["code"]) == (5, "金额", "negative")
    _, again = answer("import-repayments", file)
    assert (again["posted"], again["duplicates"], again["unmatched"]) == (0, 4, [])
    assert stored(database) == 3


def test_people_are_told_in_words(run, file, plan):
    status, told, _ = run("import-repayments", file, "--through", DAY)
    assert status == 0
    assert "5 行：入账 3 笔" in told
    assert f"记到 {DAY}（含当天）" in told
    assert "第 5 行 金额 negative" in told
    assert f"第 4 行没有认领：付款日期太早，要先核对再按那天算；可能是 {plan.number}" in told
    assert run("import-repayments", file, "--dry-run")[1].startswith("试一遍")


def test_a_file_refused_ends_with_1_and_its_code(answer, file, tmp_path):
    bare = tmp_path / "bare.csv"
    bare.write_text("流水号,渠道\n1,2\n", encoding="utf-8")
    assert answer("import-repayments", bare)[0] == 1
    assert answer("import-repayments", bare)[1]["error"] == "header"
    assert answer("import-repayments", file, "--through", "2099-01-01")[1]["error"] == "future_file"
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert answer("import-repayments", empty)[1]["error"] == "unreadable"


def test_wrong_usage_ends_with_2(run, file):
    assert run("import-repayments", file, "--through", "2026-13-01")[0] == 2
    assert run("import-repayments", "nowhere.csv")[0] == 2
