"""What the second engine is given: a loan, the policy's numbers; and how it says no."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

MILLION = 1_000_000


@dataclass(frozen=True)
class Loan:
    """The terms of one contract and how far it is paid; rates in millionths a year."""

    ref: str
    principal_fen: int
    annual_ppm: int
    uplift_ppm: int
    day_basis: int
    method: str  # equal_instalment, equal_principal, interest_first
    periods: int
    paid: int
    start_on: date
    fee_fen: int = 0
    part_paid_principal_fen: int = 0  # of the oldest unpaid instalment
    part_paid_interest_fen: int = 0

    @property
    def annual(self) -> Fraction:
        """The contract's rate a year."""
        return Fraction(self.annual_ppm, MILLION)

    def penal(self, ceiling: Fraction) -> Fraction:
        """The rate a year of overdue principal, never above the ceiling."""
        raised = self.annual * (1 + Fraction(self.uplift_ppm, MILLION))
        return min(raised, ceiling)


@dataclass(frozen=True)
class Limits:
    """The numbers of the policy in force; the defaults are those of the default policy."""

    ceiling_ppm: int = 240_000
    waiver_ppm: int = 300_000
    waiver_after_days: int = 30
    least_instalment_fen: int = 10_000
    small_payoff_fen: int = 20_000
    fewest_periods: int = 3
    self_service_periods: int = 36
    most_periods: int = 60
    longest_months: int = 60
    first_after_days: int = 7
    most_loans: int = 10
    fastest_ppm: int = 1_300_000
    surplus_share_ppm: int = 500_000
    most_low_months: int = 12
    most_deferred_months: int = 6
    short_contract_periods: int = 12
    catch_up_fewest: int = 2
    catch_up_most: int = 12
    catch_up_days_past_due: int = 90
    catch_up_regular_to_come: int = 2
    catch_up_least_part_fen: int = 1_000
    settlement_days: int = 30
    at_once_total_fen: int = 5_000_000
    at_once_periods: int = 24
    at_once_deferred_months: int = 3
    income_total_fen: int = 2_000_000
    income_months: int = 12
    least_settlement_fen: int = 10_000

    @property
    def ceiling(self) -> Fraction:
        """The highest rate a year anything may cost."""
        return Fraction(self.ceiling_ppm, MILLION)


class Refused(Exception):
    """The rules do not allow it; `code` says which, `value` the amount or number that would do."""

    def __init__(self, code: str, value: int | None = None) -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value
