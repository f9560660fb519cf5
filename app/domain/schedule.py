"""Instalment schedules of a loan, to the fen."""

from datetime import date
from typing import NamedTuple

from app.domain.errors import RuleBroken
from app.domain.explanation import N_
from app.domain.loan import LoanTerms


class ScheduleImpossible(RuleBroken):
    """The principal is too small for so many instalments: the last would be negative."""

    code = "schedule_impossible"
    message = N_("本金太少，分不了这么多期，请减少期数")


class Instalment(NamedTuple):
    """One instalment of a contract.

    Units: fen; balance_fen is the principal before it is paid.
    """

    number: int
    due_on: date
    principal_fen: int
    interest_fen: int
    balance_fen: int

    @property
    def total_fen(self) -> int:
        """Return principal and interest together, in fen."""
        return self.principal_fen + self.interest_fen


def schedule(terms: LoanTerms) -> tuple[Instalment, ...]:
    """Return every instalment of a loan.

    Units:  fen.
    Raises: ScheduleImpossible.
    Source: rules part 1, M-14.
    """
    raise NotImplementedError


def equal_instalment_fen(principal_fen: int, annual_ppm: int, n: int) -> int:
    """Return the equal monthly instalment, rounded once; without interest the nth part.

    Units:  fen; ppm a year.
    Source: rules part 1.
    """
    raise NotImplementedError
