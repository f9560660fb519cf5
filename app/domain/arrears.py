"""What is owed on a loan at a date, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from app.domain.allocation import Components
from app.domain.explanation import Line
from app.domain.loan import LoanTerms


class OverdueInstalment(NamedTuple):
    """An unpaid instalment whose due date has passed.

    Units: fen; balance_fen is the principal its interest was computed on.
    """

    number: int
    due_on: date
    days: int
    principal_fen: int
    interest_fen: int
    penalty_fen: int
    balance_fen: int


class Lowered(NamedTuple):
    """By how much the lender's file is lower than our own figures, as far as it was applied.

    Units: fen.
    """

    left: int = 0
    overdue_principal: int = 0
    interest: int = 0
    penalty: int = 0
    fee: int = 0


NOTHING_LOWER: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is owed on a loan at a date.

    Units: fen; ppm a year. Components are gross; net, payoff_fen and today_fen are less the excess over the ceiling.
    """

    as_of: date
    principal_left_fen: int
    overdue_principal_fen: int
    interest_fen: int
    penalty_fen: int
    fee_fen: int
    excess_fen: int
    accrued_fen: int
    accrued_days: int
    not_due_principal_fen: int
    due_today_fen: int
    days_past_due: int
    bucket: str
    payoff_fen: int
    today_fen: int
    overdue: tuple[OverdueInstalment, ...]
    last_due_before: date
    penalty_ppm: int
    ceiling_ppm: int
    interest_so_far_fen: int
    ceiling_fen: int
    net: Components
    lowered: Lowered
    paid: int


def arrears(
    terms: LoanTerms,
    *,
    paid: int,
    fee_fen: int,
    as_of: date,
    ceiling_ppm: int,
    lower: Mapping[str, int] = NOTHING_LOWER,
) -> Arrears:
    """Compute what is owed at a date.

    Units:  fen; `lower` holds, by component (left, overdue_principal, interest, penalty, fee), how much lower the
            lender's file is: the borrower is shown the lower figure.
    Raises: ValueError for a paid count outside the contract; ScheduleImpossible.
    Source: rules part 1, M-01, M-03, M-04, M-11.
    """
    raise NotImplementedError


def explain(terms: LoanTerms, owed: Arrears) -> tuple[Line, ...]:
    """Return, section by section, how each figure came about; the step lines of a section sum to its figure."""
    raise NotImplementedError
