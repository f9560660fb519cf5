"""What the second engine gives back: the parts of each loan, their sums, the whole option."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tests.support.second.contract import Row
from tests.support.second.ground import Ground
from tests.support.second.yields import annual_rate, as_text


@dataclass(frozen=True)
class Part:
    """One instalment of one loan, by component."""

    number: int
    due_on: date
    principal: int = 0
    interest: int = 0
    penalty: int = 0
    fee: int = 0
    plan_interest: int = 0

    @property
    def total(self) -> int:
        """What is asked."""
        old = self.principal + self.interest + self.penalty + self.fee
        return old + self.plan_interest


@dataclass(frozen=True)
class PlanLoan:
    """The parts of one loan; its total holds its share of the first payment."""

    ref: str
    first_payment: int
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """All that is paid on this loan."""
        return self.first_payment + sum(part.total for part in self.parts)


@dataclass(frozen=True)
class Option:
    """One plan as it would be offered."""

    kind: str
    loans: tuple[PlanLoan, ...]
    waived: dict[str, int] = field(default_factory=dict)
    rate: Fraction = Fraction(0)
    rate_name: str = "contract"
    regular: tuple[Row, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def upfront(self) -> int:
        """The first payment over all loans."""
        return sum(loan.first_payment for loan in self.loans)

    @property
    def dates(self) -> list[date]:
        """The due date of each number."""
        return [part.due_on for part in self.loans[0].parts]

    @property
    def amounts(self) -> list[int]:
        """The sum over the loans of each number."""
        columns = zip(*(loan.parts for loan in self.loans), strict=True)
        return [sum(part.total for part in column) for column in columns]

    @property
    def periods(self) -> int:
        """How many parts there are, the first payment not among them."""
        return len(self.loans[0].parts)

    @property
    def total(self) -> int:
        """The first payment and all instalments."""
        return sum(loan.total for loan in self.loans)

    @property
    def planned(self) -> int:
        """What is planned: after excess and waiver, before the first payment."""
        bears = sum(part.plan_interest for loan in self.loans for part in loan.parts)
        return self.total - bears

    @property
    def highest(self) -> int:
        """The highest sum of one date; in a catch-up with the regular instalment."""
        regular = {row.due_on: row.total for row in self.regular}
        sums = zip(self.dates, self.amounts, strict=True)
        return max((amount + regular.get(on, 0) for on, amount in sums), default=0)


def planned_option(
    kind: str, grounds: Sequence[Ground], loans: Sequence[PlanLoan], start: date, name: str
) -> Option:
    """An option over loans with its waiver and the annual rate of the summed instalments."""
    waived = sum(ground.waived for ground in grounds)
    option = Option(kind, tuple(loans), {"penalty": waived} if waived else {}, rate_name=name)
    if not option.periods:
        return option
    present = sum(ground.left_total for ground in grounds)
    rate = annual_rate(present, option.amounts, (option.dates[0] - start).days)
    return Option(kind, option.loans, option.waived, rate, name)


def sums_as_json(dates: Sequence[date], amounts: Sequence[int]) -> list[dict[str, Any]]:
    """Numbers, due dates and amounts as the command prints them."""
    return [
        {"number": number, "due_on": due_on.isoformat(), "amount_fen": amount}
        for number, (due_on, amount) in enumerate(zip(dates, amounts, strict=True), start=1)
    ]


def loan_as_json(loan: PlanLoan) -> dict[str, Any]:
    """One loan of an option, as the command prints it."""
    amounts = [part.total for part in loan.parts]
    dates = [part.due_on for part in loan.parts]
    return {
        "ref": loan.ref,
        "total_fen": loan.total,
        "instalments": sums_as_json(dates, amounts),
    }


def as_json(option: Option) -> dict[str, Any]:
    """The option as `plan-options` prints it, without its verdict."""
    made: dict[str, Any] = {
        "kind": option.kind,
        "choices": list(option.choices),
        "periods": option.periods,
        "upfront_fen": option.upfront,
        "total_fen": option.total,
        "waived_fen": sum(option.waived.values()),
        "waived": option.waived,
        "annual_rate_irr": as_text(option.rate),
        "instalments": sums_as_json(option.dates, option.amounts),
        "loans": [loan_as_json(loan) for loan in option.loans],
    }
    if option.kind == "catch_up":
        made["regular"] = [
            {"due_on": row.due_on.isoformat(), "amount_fen": row.total} for row in option.regular
        ]
    return made
