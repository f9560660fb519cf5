"""Instalment schedules of a loan, to the fen."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import NamedTuple

from app.domain.calendar import month_day
from app.domain.errors import RuleBroken
from app.domain.loan import LoanTerms, Method
from app.domain.money import PPM, div_half_up
from app.domain.texts import N_

# A rate of a twelfth of a year is never rounded by itself: interest is balance x annual / (12 x a
# million), divided once (M-14).
MONTHLY = 12 * PPM


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
    dates = due_dates(terms.start_on, terms.due_day or terms.start_on.day, terms.periods)
    rows = amortise(
        terms.principal_fen, terms.annual_ppm, terms.periods, terms.method, terms.interest_only
    )

    numbers = range(1, terms.periods + 1)
    # Column by column, and without a call of Python for each: a nightly file has many millions.
    return tuple(map(Instalment._make, zip(numbers, dates, *zip(*rows, strict=True), strict=True)))


def amortise(
    principal_fen: int,
    annual_ppm: int | Fraction,
    periods: int,
    method: Method,
    interest_only: int = 0,
    *,
    round_down: bool = False,
) -> list[tuple[int, int, int]]:
    """Return principal, interest and the balance before it for every period.

    Units:  fen; the first `interest_only` periods pay no principal, the rest is solved over what is
            left. Interest is rounded half up, or down where asked.
    Raises: ScheduleImpossible.
    Source: rules part 1, M-14.
    """
    # The equal instalment is rounded once and kept; what rounding leaves over lands in the last
    # principal and not in every month.
    level = each = 0
    if method is Method.EQUAL_INSTALMENT and annual_ppm:
        level = equal_instalment_fen(principal_fen, annual_ppm, periods - interest_only)
    elif method is not Method.INTEREST_FIRST:
        # Without interest the equal instalment becomes equal principal (ADR 0001): the formula of
        # the annuity has no value at a rate of zero.
        each = div_half_up(principal_fen, periods - interest_only)

    # The rounding of monthly_interest_fen is written out here, with the doubled rate outside the
    # loop: schedules of a whole nightly file pass through it.
    over, under = 2 * annual_ppm.numerator, MONTHLY * annual_ppm.denominator
    half, whole = 0 if round_down else under, 2 * under
    balance = principal_fen
    rows = []
    for number in range(1, periods):
        interest = (over * balance + half) // whole
        principal = 0 if number <= interest_only else level - interest if level else each
        rows.append((principal, interest, balance))
        balance -= principal
        # A level rounded up can pay a small principal off before its last period. Such a contract
        # is refused and not bent into shape.
        if balance < 0:
            raise ScheduleImpossible

    rows.append((balance, (over * balance + half) // whole, balance))
    return rows


def monthly_interest_fen(
    balance_fen: int, annual_ppm: int | Fraction, *, round_down: bool = False
) -> int:
    """Return a month's interest on a balance: multiplied before it is divided, a tie is decided on
    the exact value.

    Units:  fen, rounded half up or down; ppm a year.
    Source: rules part 1, M-14.
    """
    over, under = balance_fen * annual_ppm.numerator, MONTHLY * annual_ppm.denominator
    return over // under if round_down else div_half_up(over, under)


def equal_instalment_fen(principal_fen: int, annual_ppm: int | Fraction, n: int) -> int:
    """Return the equal monthly instalment, rounded once; without interest the nth part.

    Units:  fen; ppm a year.
    Source: rules part 1.
    """
    over, under = _annuity(annual_ppm, n)
    return div_half_up(principal_fen * over, under)


@lru_cache(maxsize=8_192)
def _annuity(annual_ppm: int | Fraction, n: int) -> tuple[int, int]:
    """Return the exact instalment of one fen as a fraction: r (1+r)^n / ((1+r)^n - 1) with r =
    annual / 12.
    """
    if not annual_ppm:
        return 1, n

    # The fraction is shortened first: powers of the plain numbers would have hundreds of digits at
    # sixty periods.
    over, under = annual_ppm.numerator, MONTHLY * annual_ppm.denominator
    common = gcd(over, under)
    rate, whole = over // common, under // common
    grown, base = (rate + whole) ** n, whole**n

    return rate * grown, whole * (grown - base)


@lru_cache(maxsize=16_384)
def due_dates(start: date, day: int, periods: int) -> Sequence[date]:
    """Return the due dates: the day of month, 1 to `periods` months after the start, clipped to the
    month's end.
    """
    # Dates are counted from the loan date and never from the date before, so that a 31st comes back
    # after February.
    month = start.year * 12 + start.month - 1
    return tuple(
        month_day((month + n) // 12, (month + n) % 12 + 1, day) for n in range(1, periods + 1)
    )
