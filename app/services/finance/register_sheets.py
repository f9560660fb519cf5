"""The register and its instalments as two tables: which columns, what is in each cell, and the rows
that sum up. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.domain.allocation import Components
from app.domain.money import figure
from app.domain.plan import PlanInstalment, components_of
from app.domain.plan_terms import COMPONENT_NAMES, KEPT_TO_END, ORDER_NAMES, PAID_IN_TIME
from app.domain.states import REPLACED
from app.ports.sheets import Cell, Column, Sheet
from app.services.finance.register_queries import JOINED, RegisterLoan, RegisterRow
from app.services.register.filter import STATES
from app.services.register.money import INSTALMENT_STATES, RowMoney
from app.services.register.sums import RegisterTotals

CONDITIONS = {KEPT_TO_END: "按本方案全部还完", PAID_IN_TIME: "按时一次还清", "": ""}
# Names and order of the columns are what finance imports by: they are changed with their readers
# only (ADR 0026).
REGISTER = Sheet(
    "协议台账",
    (
        Column("协议号", width=16),
        Column("借据号", width=20),
        Column("客户号", width=14),
        Column("签署日", "date"),
        Column("原本金", "fen", 14),
        Column("原利息", "fen"),
        Column("原罚息", "fen"),
        Column("原费用", "fen"),
        Column("减免项目", width=10),
        Column("减免金额", "fen"),
        Column("减免生效条件", width=18),
        Column("方案本金", "fen", 14),
        Column("方案利息（含原欠利息）", "fen", 25),
        Column("方案罚息", "fen"),
        Column("方案费用", "fen"),
        Column("合计", "fen", 14),
        Column("期数", "number", 6),
        Column("每期明细", width=40),
        Column("年化(IRR)", "ppm", 10),
        Column("还款顺序", width=24),
        Column("审批人", width=20),
        Column("合同哈希", width=20),
        Column("PDF哈希", width=20),
        Column("状态", width=10),
        Column("合同编号", width=20),
        Column("产品", width=14),
        Column("方案年利率", "ppm", 10),
        Column("审批时间", "instant", 20),
        Column("签署时间", "instant", 20),
        Column("最后到期日", "date"),
        Column("超过上限的息费", "fen", 14),
        Column("其中方案新增利息", "fen", 16),
        Column("已收", "fen", 14),
        Column("未还", "fen", 14),
        Column("其中按合同应还", "fen", 14),
        Column("免收方案利息", "fen", 14),
        Column("已生效减免", "fen", 14),
        Column("多收待退", "fen", 14),
    ),
)
INSTALMENTS = Sheet(
    "分期明细",
    (
        Column("协议号", width=16),
        Column("借据号", width=20),
        Column("期次", "number", 6),
        Column("到期日", "date"),
        Column("本金", "fen", 14),
        Column("利息（含原欠利息）", "fen", 20),
        Column("罚息", "fen"),
        Column("费用", "fen"),
        Column("合计", "fen", 14),
        Column("其中原欠利息", "fen", 14),
        Column("已还", "fen", 14),
        Column("未还", "fen", 14),
        Column("免收方案利息", "fen", 14),
        Column("本期状态", width=10),
        Column("顺延后到期日", "date"),
    ),
)
LOANS = Sheet(
    "借款",
    (
        Column("协议号", width=16),
        Column("借据号", width=20),
        Column("合同编号", width=20),
        Column("产品", width=14),
        Column("逾期天数", "number", 8),
        Column("原本金", "fen", 14),
        Column("原利息", "fen"),
        Column("原罚息", "fen"),
        Column("原费用", "fen"),
        Column("超过上限的息费", "fen", 14),
        Column("减免本金", "fen"),
        Column("减免利息", "fen"),
        Column("减免罚息", "fen"),
        Column("减免费用", "fen"),
        Column("方案本金", "fen", 14),
        Column("方案利息（含原欠利息）", "fen", 25),
        Column("方案罚息", "fen"),
        Column("方案费用", "fen"),
        Column("合计", "fen", 14),
        Column("其中方案新增利息", "fen", 16),
        Column("方案年利率", "ppm", 10),
    ),
)
SHEETS = (REGISTER, INSTALMENTS, LOANS)
TOTAL = "合计"
# So many columns tell the money of an agreement.
MONEY = 6


@dataclass
class Control:
    """What was written so far, to be held against what the database says.

    Units: fen.
    """

    count: int = 0
    instalments: int = 0
    loans: int = 0
    # Four sums each, in the order of the columns: principal, interest, penalty, fee.
    owed: list[int] = field(default_factory=lambda: [0] * 4)
    planned: list[int] = field(default_factory=lambda: [0] * 4)
    paid: list[int] = field(default_factory=lambda: [0] * 4)
    # As above, added up from the loans.
    loans_owed: list[int] = field(default_factory=lambda: [0] * 4)
    loans_waived: list[int] = field(default_factory=lambda: [0] * 4)
    loans_planned: list[int] = field(default_factory=lambda: [0] * 4)
    loans_excess_fen: int = 0
    loans_interest_fen: int = 0
    excess_fen: int = 0
    waived_fen: int = 0
    plan_interest_fen: int = 0
    total_fen: int = 0
    # Rows that do not come to their own total.
    astray: int = 0
    old_interest_fen: int = 0
    # What came, what is open, what of it the contract asks, interest never charged, waivers earned,
    # what is the borrower's again: the order of the columns.
    money: list[int] = field(default_factory=lambda: [0] * MONEY)
    # Added up from the instalments: paid, open, interest never charged.
    kept: list[int] = field(default_factory=lambda: [0] * 3)

    def add(self, row: RegisterRow) -> None:
        """Count one agreement and its payments, each from its own figures."""
        self.count += 1
        # What another agreement took the place of is counted there, and only its money here.
        is_counted = row.state != REPLACED
        if is_counted:
            self.excess_fen += row.excess_fen
            self.waived_fen += row.waived_fen
            self.plan_interest_fen += row.plan_interest_fen
            self.total_fen += row.total_fen
            _add(self.owed, _four(row.owed))
            _add(self.planned, _four(row.planned))
        paid = sum(one.amount_fen for one in row.payments)
        self.astray += {_recomputed(row), paid} != {row.total_fen}
        if row.money is not None:
            self._add_money(row, row.money)

        for loan in row.loans:
            self.loans += 1
            self.instalments += len(loan.payments)
            if is_counted:
                self._add_loan(loan)

    def _add_money(self, row: RegisterRow, money: RowMoney) -> None:
        _add(self.money, _money_fen(money))
        kept = [_kept(money, loan, one) for loan in row.loans for one in loan.payments]
        paid, left, saved = (sum(amounts) for amounts in zip(*kept, strict=True))
        _add(self.kept, (paid, left, saved))
        if not money.is_over:
            # What is open and what is never charged is the same, instalment by instalment.
            own = money.left_fen - money.contract_left_fen
            told = (left, saved, paid + left + saved)
            self.astray += told != (own, money.standing.released_fen, row.total_fen)

    def _add_loan(self, loan: RegisterLoan) -> None:
        """Summed from loans and instalments and not from the row, so that the sheets are held
        against each other.
        """
        self.loans_excess_fen += loan.excess_fen
        self.loans_interest_fen += loan.plan_interest_fen
        _add(self.loans_owed, _four(loan.owed))
        _add(self.loans_waived, _four(loan.waived))
        _add(self.loans_planned, _four(loan.planned))
        for one in loan.payments:
            self.old_interest_fen += one.old_interest_fen
            _add(self.paid, _four(components_of([one])))

    def agrees(self, totals: RegisterTotals) -> bool:
        """Whether rows, instalments and the stored parts come to the same, component by component,
        to the fen.
        """
        stored = _four(totals.planned)
        # Component by component: two faults that even out in the total would pass otherwise.
        return (
            not self.astray
            and self.planned == self.paid == self.loans_planned == stored
            and self.owed == self.loans_owed
            and self.waived_fen == sum(self.loans_waived)
            and self.excess_fen == self.loans_excess_fen
            and self.plan_interest_fen == self.loans_interest_fen
            and self.total_fen == totals.total_fen
            and (self.count, self.waived_fen) == (totals.count, totals.waived_fen)
        )

    @property
    def received_fen(self) -> int:
        """Return what came for the agreements written so far, in fen."""
        return self.money[0]


def register_cells(row: RegisterRow) -> list[Cell]:
    """Return one agreement's cells. Source: rule book 9."""
    return [
        row.number,
        row.loan_ref,
        row.customer_no,
        row.signed_on,
        *_four(row.owed),
        JOINED.join(COMPONENT_NAMES[one] for one in row.waived_components),
        row.waived_fen,
        CONDITIONS.get(row.waived_condition, ""),
        *_four(row.planned),
        row.total_fen,
        row.periods,
        _payments(row.payments),
        row.annual_rate_ppm,
        _order(row.payment_order),
        row.approved_by,
        row.text_sha256,
        row.pdf_sha256,
        STATES.get(row.state, row.state),
        row.contract_no,
        row.product,
        row.plan_ppm,
        row.approved_at,
        row.signed_at,
        row.last_due_on,
        row.excess_fen,
        row.plan_interest_fen,
        *(_money_fen(row.money) if row.money is not None else [None] * MONEY),
    ]


def _order(payment_order: tuple[bool, tuple[str, ...]]) -> str:
    is_oldest_first, components = payment_order
    names = "→".join(ORDER_NAMES[one] for one in components)
    return f"先到期的一期：{names}" if is_oldest_first else names


def instalment_cells(row: RegisterRow) -> Iterator[list[Cell]]:
    """Yield the cells of one agreement's payments, loan by loan; the first payment has number 0."""
    for loan in row.loans:
        for one in loan.payments:
            yield [
                row.number,
                loan.ref,
                one.number,
                one.due_on,
                *_four(components_of([one])),
                one.amount_fen,
                one.old_interest_fen,
                *_kept_cells(row.money, loan, one),
            ]


def loan_cells(row: RegisterRow) -> Iterator[list[Cell]]:
    """Yield the cells of one agreement's loans, longest overdue first."""
    for loan in row.loans:
        yield [
            row.number,
            loan.ref,
            loan.contract_no,
            loan.product,
            loan.days_past_due,
            *_four(loan.owed),
            loan.excess_fen,
            *_four(loan.waived),
            *_four(loan.planned),
            loan.total_fen,
            loan.plan_interest_fen,
            loan.plan_ppm,
        ]


def register_total(control: Control) -> list[Cell]:
    """Return the row that sums up the register."""
    return [
        TOTAL,
        None,
        None,
        None,
        *control.owed,
        None,
        control.waived_fen,
        None,
        *control.planned,
        control.total_fen,
        None,
        f"{control.count} 份协议",
        *[None] * 12,
        control.excess_fen,
        control.plan_interest_fen,
        *control.money,
    ]


def instalment_total(control: Control) -> list[Cell]:
    """Return the row that sums up the instalments."""
    return [
        TOTAL,
        None,
        None,
        None,
        *control.paid,
        sum(control.paid),
        control.old_interest_fen,
        *control.kept,
        None,
        None,
    ]


def loan_total(control: Control) -> list[Cell]:
    """Return the row that sums up the loans."""
    return [
        TOTAL,
        f"{control.loans} 笔借款",
        None,
        None,
        None,
        *control.loans_owed,
        control.loans_excess_fen,
        *control.loans_waived,
        *control.loans_planned,
        sum(control.loans_planned),
        control.loans_interest_fen,
        None,
    ]


def _recomputed(row: RegisterRow) -> int:
    return row.owed.total - row.excess_fen - row.waived_fen + row.plan_interest_fen


def _money_fen(money: RowMoney) -> list[int]:
    """Return an agreement's money in the order of the columns, in fen."""
    standing = money.standing
    return [
        money.received_fen,
        money.left_fen,
        money.contract_left_fen,
        standing.released_fen,
        standing.waived_fen,
        standing.credit_fen,
    ]


def _kept(money: RowMoney, loan: RegisterLoan, one: PlanInstalment) -> tuple[int, int, int]:
    """Return what of an instalment is paid, open and never charged, in fen; after a break nothing,
    for the contract asks other ones.
    """
    found = money.instalments.get((loan.ref, one.number))
    if found is None:
        return 0, 0, 0
    return found.paid_fen, found.left_fen, one.amount_fen - found.amount_fen


def _kept_cells(money: RowMoney | None, loan: RegisterLoan, one: PlanInstalment) -> list[Cell]:
    if money is None or money.is_over:
        state = STATES[money.standing.state] if money is not None else None
        return [None, None, None, state, None]
    found = money.instalments.get((loan.ref, one.number))
    state = INSTALMENT_STATES[found.state] if found else None
    return [*_kept(money, loan, one), state, found.due_on if found else None]


def _four(amounts: Components) -> list[int]:
    """Return principal, interest, penalty, fee: the order of the columns."""
    return [amounts.principal_fen, amounts.interest_fen, amounts.penalty_fen, amounts.fee_fen]


def _payments(payments: Sequence[PlanInstalment]) -> str:
    return "；".join(
        f"{one.number}：{one.due_on.isoformat()} {figure(one.amount_fen)}" for one in payments
    )


def _add(sums: list[int], amounts: Sequence[int]) -> None:
    for place, amount in enumerate(amounts):
        sums[place] += amount
