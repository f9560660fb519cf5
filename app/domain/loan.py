"""What a loan contract says that its amounts follow from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.texts import N_


class Method(StrEnum):
    """How a loan is paid back."""

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"

    @property
    def label(self) -> str:
        """Return the method's Chinese name."""
        return METHOD_NAMES[self]


METHOD_NAMES = {
    Method.EQUAL_INSTALMENT: N_("等额本息"),
    Method.EQUAL_PRINCIPAL: N_("等额本金"),
    Method.INTEREST_FIRST: N_("先息后本"),
}
METHODS_BY_NAME = {name: method for method, name in METHOD_NAMES.items()}


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """The contract's terms.

    Units: fen; ppm are millionths a year; uplift_ppm is the penalty's surcharge on the annual rate
           (500000 = x 1.5); interest_only is how many first instalments pay interest only; due_day
           defaults to the start's day.
    Raises: ValueError for terms no contract can have.
    """

    principal_fen: int
    annual_ppm: int
    uplift_ppm: int
    day_basis: int
    method: Method
    periods: int
    start_on: date
    due_day: int | None = None
    interest_only: int = 0

    def __post_init__(self) -> None:
        if self.principal_fen < 0 or self.annual_ppm < 0 or self.uplift_ppm < 0:
            raise ValueError("amounts and rates are never negative")
        # The basis is the contract's and never inferred (M-13).
        if (
            self.day_basis not in (360, 365)
            or self.periods < 1
            or not 0 <= self.interest_only < self.periods
        ):
            raise ValueError(
                "day basis is 360 or 365, with at least one instalment that pays principal"
            )
        if self.due_day is not None and not 1 <= self.due_day <= 31:
            raise ValueError(f"day {self.due_day} of a month")
