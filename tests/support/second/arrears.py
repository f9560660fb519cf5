"""Where a contract stands on a day: arrears, what is above the ceiling, the pay-off."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from tests.support.second.contract import Row, schedule
from tests.support.second.rounding import half_up
from tests.support.second.terms import Limits, Loan


@dataclass(frozen=True)
class Position:
    """One loan on one day; components gross, `net` and `payoff` less the excess."""

    loan: Loan
    as_of: date
    principal_left: int
    overdue_principal: int
    overdue_interest: int
    running_interest: int
    penalty: int
    fee: int
    excess: int
    oldest_unpaid_on: date | None
    due_today: int
    to_come: tuple[Row, ...]

    @property
    def days_past_due(self) -> int:
        """Days since the oldest unpaid instalment fell due; 0 where none is overdue."""
        if self.oldest_unpaid_on is None or self.oldest_unpaid_on >= self.as_of:
            return 0
        return (self.as_of - self.oldest_unpaid_on).days

    @property
    def bucket(self) -> str:
        """M1 to M4+, empty where nothing is overdue."""
        days = self.days_past_due
        if days == 0:
            return ""
        return "M4+" if days > 90 else f"M{(days + 29) // 30}"

    @property
    def gross(self) -> dict[str, int]:
        """The pay-off by component before the excess is taken off."""
        interest = self.overdue_interest + self.running_interest
        return parts_of(self.principal_left, interest, self.penalty, self.fee)

    @property
    def net(self) -> dict[str, int]:
        """The pay-off by component, less the excess."""
        return less_excess(self.gross, self.excess)

    @property
    def net_arrears(self) -> dict[str, int]:
        """Only what is overdue, and fees, by component, less the excess."""
        gross = parts_of(self.overdue_principal, self.overdue_interest, self.penalty, self.fee)
        return less_excess(gross, self.excess)

    @property
    def payoff(self) -> int:
        """What ends the loan today."""
        return sum(self.net.values())

    @property
    def asked_today(self) -> int:
        """What is to be paid today: all overdue, fees, what falls due today, less the excess."""
        return sum(self.net_arrears.values()) + self.due_today


def parts_of(principal: int, interest: int, penalty: int, fee: int) -> dict[str, int]:
    """The four old components by name."""
    return {"principal": principal, "interest": interest, "penalty": penalty, "fee": fee}


def less_excess(parts: dict[str, int], excess: int) -> dict[str, int]:
    """The excess comes off penalty, then fee, then interest; never off principal."""
    left = dict(parts)
    for name in ("penalty", "fee", "interest"):
        taken = min(excess, left[name])
        left[name] -= taken
        excess -= taken
    return left


def unpaid_rows(loan: Loan) -> list[Row]:
    """The instalments still open; what the oldest has been paid in part is off."""
    rows = schedule(loan)[loan.paid :]
    if rows:
        first = rows[0]
        rows[0] = replace(
            first,
            principal=first.principal - loan.part_paid_principal_fen,
            interest=first.interest - loan.part_paid_interest_fen,
        )
    return rows


def for_days(principal: int, annual: Fraction, days: int, basis: int) -> int:
    """Interest or penalty of a principal for so many days, rounded half up."""
    return half_up(principal * annual * Fraction(days, basis))


def excess_over_ceiling(loan: Loan, as_of: date, penalty: int, limits: Limits) -> int:
    """What was charged so far above the ceiling: interest, penalty and fees against 24 %."""
    charged, allowed, balance = penalty + loan.fee_fen, 0, loan.principal_fen
    for row in schedule(loan):
        if row.due_on < as_of:
            charged += row.interest
            allowed += half_up(balance * limits.ceiling / 12)
        balance -= row.principal
    for row in unpaid_rows(loan):
        if row.due_on < as_of:
            days = (as_of - row.due_on).days
            allowed += for_days(row.principal, limits.ceiling, days, loan.day_basis)
    return max(0, charged - allowed)


def running_interest(loan: Loan, as_of: date) -> int:
    """Interest since the last due date before the day on the principal not yet due."""
    passed = [row.due_on for row in schedule(loan) if row.due_on < as_of]
    since = max(passed, default=loan.start_on)
    not_due = sum(row.principal for row in unpaid_rows(loan) if row.due_on >= as_of)
    return for_days(not_due, loan.annual, (as_of - since).days, loan.day_basis)


def position(loan: Loan, as_of: date, limits: Limits) -> Position:
    """Where the loan stands on the day."""
    rows = unpaid_rows(loan)
    overdue = [row for row in rows if row.due_on < as_of]
    rate = loan.penal(limits.ceiling)
    penalty = sum(
        for_days(row.principal, rate, (as_of - row.due_on).days, loan.day_basis) for row in overdue
    )
    return Position(
        loan=loan,
        as_of=as_of,
        principal_left=sum(row.principal for row in rows),
        overdue_principal=sum(row.principal for row in overdue),
        overdue_interest=sum(row.interest for row in overdue),
        running_interest=running_interest(loan, as_of),
        penalty=penalty,
        fee=loan.fee_fen,
        excess=excess_over_ceiling(loan, as_of, penalty, limits),
        oldest_unpaid_on=rows[0].due_on if rows else None,
        due_today=sum(row.total for row in rows if row.due_on == as_of),
        to_come=tuple(row for row in rows if row.due_on >= as_of),
    )
