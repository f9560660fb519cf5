"""holds.csv and exits_forbidden.csv: which loans nobody may collect on or sell, and why."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.models import Loan, Thread
from app.services.lender_files.day import ToldDay
from app.services.lender_files.loan_rows import EXIT_COLUMNS, HOLD_COLUMNS, exit_rows, hold_rows
from tests.factories import make_borrower, make_hold, make_loan
from tests.services.lender_files.conftest import TODAY, cells
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.proposals import submitted
from tests.support.threads import write


@pytest.fixture
def borrower(session, vault):
    return make_borrower(session, vault)


@pytest.fixture
def loan(session, borrower):
    return make_loan(session, borrower)


def holds(session, on=TODAY):
    return cells(hold_rows(session, day=ToldDay(on)), HOLD_COLUMNS)


def forbidden(session):
    rows = cells(exit_rows(session, day=ToldDay(TODAY)), EXIT_COLUMNS)
    return {row["借据号"]: row["原因"] for row in rows}


def test_a_hold_is_told_while_it_runs_at_the_end_of_a_day(session, borrower, loan):
    make_hold(session, borrower, loan_id=loan.id, until_at=NOW + timedelta(days=1))
    (row,) = holds(session)
    assert row == {
        "借据号": loan.ref,
        "客户编号": borrower.customer_no,
        "原因": "方案处理中",
        "开始时间": "2026-11-21 10:00:00",
        "结束时间": "2026-11-24 10:00:00",
    }
    assert holds(session, TODAY + timedelta(days=1)) == []
    assert holds(session, TODAY - timedelta(days=3)) == []


def test_without_an_end_none_is_told(session, borrower, loan):
    make_hold(session, borrower, cause="breathing")
    (row,) = holds(session)
    assert (row["原因"], row["结束时间"]) == ("先缓一缓", "")


def test_a_loan_without_any_reason_may_go(session, loan):
    assert forbidden(session) == {}


def test_an_open_version_and_its_hold_forbid(session, vault, site, borrower, loan):
    submitted(session, vault, site, borrower=borrower, loan=loan)
    (why,) = forbidden(session).values()
    assert why.startswith("方案处理中、暂缓联络")


def test_a_kept_plan_forbids(session, vault, site):
    signed_of(session, vault, site)
    (why,) = forbidden(session).values()
    assert why.startswith("方案履行中")


@pytest.mark.parametrize("mark", ["disputed", "legal_review"])
def test_a_mark_forbids(session, loan, mark):
    session.execute(update(Loan).values({mark: True}))
    assert forbidden(session) == {loan.ref: "有争议"}


def test_a_complaint_that_waits_forbids_all_loans_of_its_borrower(session, vault, borrower, loan):
    other = make_loan(session, borrower)
    write(session, vault, borrower)
    session.execute(update(Thread).values(kind="complaint"))
    assert forbidden(session) == dict.fromkeys((loan.ref, other.ref), "投诉处理中")
    session.execute(update(Thread).values(state="answered"))
    assert forbidden(session) == {}


def test_all_reasons_are_on_one_line_once(session, borrower, loan):
    for cause in ("plan_submitted", "breathing"):
        make_hold(session, borrower, loan_id=loan.id, cause=cause)
    session.execute(update(Loan).values(disputed=True))
    assert forbidden(session) == {loan.ref: "暂缓联络、有争议"}
