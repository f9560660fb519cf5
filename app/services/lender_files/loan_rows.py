"""Lines of holds.csv and exits_forbidden.csv: which loans nobody may collect on or sell."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Select, literal, or_, select, union
from sqlalchemy.orm import Session

from app.domain.states import KEPT_PLANS
from app.models import Borrower, Hold, Loan, Plan, PlanLoan, Thread
from app.services.contact.held_queries import all_held, runs_at
from app.services.lender_files.day import A_PART, ToldDay, ToldRow, told_instant

CAUSES: Mapping[str, str] = {
    "plan_submitted": "方案处理中",
    "plan_kept": "方案履行中",
    "breathing": "先缓一缓",
}
# Why a loan may not go, in the order they are told.
VERSION, KEPT, HELD, DISPUTE, COMPLAINT = "1", "2", "3", "4", "5"
WHYS: Mapping[str, str] = {
    VERSION: "方案处理中",
    KEPT: "方案履行中",
    HELD: "暂缓联络",
    DISPUTE: "有争议",
    COMPLAINT: "投诉处理中",
}
HOLD_COLUMNS = ("借据号", "客户编号", "原因", "开始时间", "结束时间")
EXIT_COLUMNS = ("借据号", "客户编号", "原因")
BETWEEN = "、"


def hold_rows(session: Session, *, day: ToldDay) -> Iterator[ToldRow]:
    """Yield every hold that runs at the end of a day, a line a loan, by loan.

    Source: ADR 0087; default policy, hold on collection.
    """
    for one in all_held(session, at=day.ends_at):
        cause = CAUSES.get(one.cause, one.cause)
        times = told_instant(one.from_at), told_instant(one.until_at)
        yield ToldRow((one.loan_ref, one.customer_no, cause, *times))


def exit_rows(session: Session, *, day: ToldDay) -> Iterator[ToldRow]:
    """Yield every loan that must not be sold or handed to collectors, with all reasons, by loan:
    an open version, a kept plan, a hold, a dispute, a complaint that is not answered.

    But for holds as it is now: what a loan was marked with at the end of a day is kept nowhere.
    Source: ADR 0087.
    """
    parts = union(*_forbidden(day)).subquery()
    ordered = select(parts).order_by(parts.c.ref, parts.c.why)
    rows = session.execute(ordered.execution_options(yield_per=A_PART))
    for (ref, customer_no), reasons in groupby(rows, key=lambda one: (one.ref, one.customer_no)):
        yield ToldRow((ref, customer_no, BETWEEN.join(WHYS[one.why] for one in reasons)))


def _forbidden(day: ToldDay) -> list[Select[*tuple[Any, ...]]]:
    def because(why: str) -> Any:
        told = select(Loan.ref, Borrower.customer_no, literal(why).label("why"))
        return told.select_from(Loan).join(Borrower, Borrower.id == Loan.borrower_id)

    def in_plan(why: str) -> Any:
        told = because(why).join(PlanLoan, PlanLoan.loan_id == Loan.id)
        return told.join(Plan, Plan.id == PlanLoan.plan_id).where(PlanLoan.is_open)

    holds = because(HELD).join(
        Hold,
        or_(
            Hold.loan_id == Loan.id,
            Hold.loan_id.is_(None) & (Hold.borrower_id == Loan.borrower_id),
        ),
    )
    complaints = because(COMPLAINT).join(Thread, Thread.borrower_id == Loan.borrower_id)
    return [
        in_plan(VERSION).where(Plan.state.not_in(KEPT_PLANS)),
        in_plan(KEPT).where(Plan.state.in_(KEPT_PLANS)),
        holds.where(runs_at(day.ends_at)),
        because(DISPUTE).where(or_(Loan.disputed, Loan.legal_review)),
        complaints.where(Thread.kind == "complaint", Thread.state == "open"),
    ]
