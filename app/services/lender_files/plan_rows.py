"""Lines of plans.csv and waivers.csv: what happened to signed plans, a line a loan."""

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from app.domain.money import percent
from app.domain.plan import KIND_NAMES, components_of
from app.domain.plan_terms import COMPONENT_NAMES, KEPT_TO_END, PAID_IN_TIME, LoanInPlan
from app.services.lender_files.day import ToldDay, ToldRow, told_instant, told_yuan
from app.services.lender_files.plan_events import (
    BROKEN,
    CHANGED,
    COMPLETED,
    MOVED,
    REOPENED,
    SIGNED,
    STATE_AFTER,
    PlanEvent,
    events_of,
)
from app.services.register.filter import STATES

EVENT_NAMES: Mapping[str, str] = {
    SIGNED: "签署",
    CHANGED: "变更",
    MOVED: "改期",
    COMPLETED: "完成",
    BROKEN: "失效",
    REOPENED: "恢复",
}
# What a completed plan left of its loans, by the certificate.
RESULTS: Mapping[str, str] = {"settlement": "结清", "arrears": "拖欠已还清", "": ""}
CONDITION_NAMES: Mapping[str, str] = {KEPT_TO_END: "按方案全部还完", PAID_IN_TIME: "按时一次还清"}
# What each makes of a waiver; a moved date leaves it as it is.
WAIVER_AFTER: Mapping[str, str] = {
    SIGNED: "承诺",
    CHANGED: "承诺",
    REOPENED: "恢复承诺",
    COMPLETED: "生效",
    BROKEN: "失效",
}
PLAN_COLUMNS = (
    "时间",
    "事件",
    "方案编号",
    "协议号",
    "原协议号",
    "借据号",
    "客户编号",
    "方式",
    "状态",
    "结果",
    "起算日",
    "签署时间",
    "期数",
    "首个到期日",
    "最后到期日",
    "方案年利率(%)",
    "方案本金(元)",
    "方案利息(元)",
    "方案罚息(元)",
    "方案费用(元)",
    "减免(元)",
    "合计(元)",
)
WAIVER_COLUMNS = (
    "时间",
    "状态",
    "方案编号",
    "协议号",
    "借据号",
    "客户编号",
    "项目",
    "生效条件",
    "金额(元)",
)


def plan_rows(session: Session, *, day: ToldDay) -> Iterator[ToldRow]:
    """Yield a line a loan of every plan that was signed, changed, completed, broken or brought back
    on a day; what it adds up is what the plan asks for.

    Units:  fen.
    Source: ADR 0087.
    """
    for event in events_of(session, day=day):
        for ref, loan in event.loans:
            yield ToldRow(_plan_cells(event, ref, loan), loan.total_fen)


def waiver_rows(session: Session, *, day: ToldDay) -> Iterator[ToldRow]:
    """Yield every waiver that was promised, earned or lost on a day, by loan and component.

    Units:  fen.
    Source: ADR 0087.
    """
    for event in events_of(session, day=day):
        if event.what not in WAIVER_AFTER:
            continue
        for ref, loan in event.loans:
            for waiver in loan.waivers:
                cells = (
                    told_instant(event.at),
                    WAIVER_AFTER[event.what],
                    event.plan,
                    event.book.number,
                    ref,
                    event.customer_no,
                    COMPONENT_NAMES[waiver.component],
                    CONDITION_NAMES.get(waiver.condition, ""),
                    told_yuan(waiver.fen),
                )
                yield ToldRow(cells, waiver.fen)


def _plan_cells(event: PlanEvent, ref: str, loan: LoanInPlan) -> tuple[str, ...]:
    terms, planned = event.book.terms, components_of(loan.payments)
    return (
        told_instant(event.at),
        EVENT_NAMES[event.what],
        event.plan,
        event.book.number,
        event.book.replaces,
        ref,
        event.customer_no,
        KIND_NAMES[terms.kind],
        STATES[STATE_AFTER[event.what]],
        RESULTS.get(event.certified, event.certified),
        terms.start_on.isoformat(),
        told_instant(event.book.signed_at),
        str(terms.periods),
        loan.payments[0].due_on.isoformat(),
        loan.payments[-1].due_on.isoformat(),
        percent(loan.annual_ppm, 4),
        told_yuan(planned.principal_fen),
        told_yuan(planned.interest_fen),
        told_yuan(planned.penalty_fen),
        told_yuan(planned.fee_fen),
        told_yuan(loan.waived_fen),
        told_yuan(loan.total_fen),
    )
