"""The schedule of a contract by its three methods."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.support.second.days import months_after
from tests.support.second.rounding import half_up
from tests.support.second.terms import Loan, Refused
from tests.support.second.yields import annual_rate


@dataclass(frozen=True)
class Row:
    """One instalment of a contract."""

    number: int
    due_on: date
    principal: int
    interest: int

    @property
    def total(self) -> int:
        """What falls due."""
        return self.principal + self.interest


def annuity(principal: int, annual: Fraction, count: int) -> int:
    """The equal instalment, rounded once."""
    monthly = annual / 12
    if monthly == 0:
        return half_up(Fraction(principal, count))
    growth = (1 + monthly) ** count
    return half_up(principal * monthly * growth / (growth - 1))


def reductions(principal: int, annual: Fraction, count: int, method: str) -> list[int]:
    """The principal of each instalment; the last takes what is left, which must not be negative."""
    left, parts = principal, []
    equal = annuity(principal, annual, count)
    for _ in range(count - 1):
        if method == "equal_instalment":
            part = equal - half_up(left * annual / 12)
        elif method == "equal_principal":
            part = half_up(Fraction(principal, count))
        else:
            part = 0
        parts.append(part)
        left -= part
    if left < 0:
        raise Refused("principal_too_small")
    return [*parts, left]


def schedule(loan: Loan, interest_only: int = 0) -> list[Row]:
    """Every instalment of the contract; the first `interest_only` pay interest alone."""
    solved = loan.periods - interest_only
    parts = [0] * interest_only
    parts += reductions(loan.principal_fen, loan.annual, solved, loan.method)
    rows, left = [], loan.principal_fen
    for number, principal in enumerate(parts, start=1):
        interest = half_up(left * loan.annual / 12)
        rows.append(Row(number, months_after(loan.start_on, number), principal, interest))
        left -= principal
    return rows


def schedule_rate(loan: Loan, interest_only: int = 0) -> Fraction:
    """The annual rate of the schedule as it is: whole months from the loan date."""
    flows = [row.total for row in schedule(loan, interest_only)]
    return annual_rate(loan.principal_fen, flows)
