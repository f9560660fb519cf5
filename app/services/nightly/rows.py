"""Writing a loan as a row of a nightly file, with amounts of our own engine."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from app.domain.arrears import arrears
from app.domain.calendar import add_months
from app.domain.loan import LoanTerms
from app.domain.money import figure
from app.domain.nightly_fields import PERCENT_PPM
from app.domain.nightly_row import (
    ANNUAL,
    AS_OF,
    BASIS,
    COMPONENTS,
    DAYS,
    DUE_DAY,
    FEE,
    INTEREST,
    LEFT,
    MATURITY,
    METHOD,
    OVERDUE,
    PAID,
    PENALTY,
    PERIODS,
    PRINCIPAL,
    SINCE,
    START,
    UPLIFT,
)
from app.domain.schedule import due_dates

AMOUNTS = (LEFT, OVERDUE, INTEREST, PENALTY)
# Every form the contract of the file allows, so that made-up files try them all.
DATE_STYLES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")


class Style(NamedTuple):
    """How dates and amounts are written in a row."""

    date_format: str = DATE_STYLES[0]
    has_commas: bool = False

    def amount(self, fen: int) -> str:
        """Write an amount in yuan."""
        text = figure(fen)
        return text if self.has_commas else text.replace(",", "")

    def day(self, day: date | None) -> str:
        """Write a date; none is blank."""
        return day.strftime(self.date_format) if day else ""


def moved(terms: LoanTerms, months: int) -> LoanTerms:
    """Return the same contract begun some months later, with the same due day."""
    return replace(
        terms,
        start_on=add_months(terms.start_on, months),
        # Kept from before the move: a start clipped by a short month would change it.
        due_day=terms.due_day or terms.start_on.day,
    )


def loan_cells(
    terms: LoanTerms,
    *,
    paid: int,
    fee_fen: int,
    as_of: date,
    ceiling_ppm: int,
    style: Style,
    differences: Mapping[str, int],
) -> dict[str, str]:
    """Return the cells that follow from a contract at a date.

    Units:  fen; `differences` is by component how far the file departs from our figures.
    Raises: ScheduleImpossible.
    """
    owed = arrears(terms, paid=paid, fee_fen=fee_fen, as_of=as_of, ceiling_ppm=ceiling_ppm)
    day = terms.due_day or terms.start_on.day
    ours = (
        owed.principal_left_fen,
        owed.overdue_principal_fen,
        owed.interest_fen,
        owed.penalty_fen,
    )
    amounts = (fen + differences.get(name, 0) for name, fen in zip(COMPONENTS, ours, strict=True))

    return {
        METHOD: terms.method.label,
        START: style.day(terms.start_on),
        MATURITY: style.day(due_dates(terms.start_on, day, terms.periods)[-1]),
        AS_OF: as_of.isoformat(),
        PRINCIPAL: style.amount(terms.principal_fen),
        ANNUAL: _percent(terms.annual_ppm),
        UPLIFT: _percent(terms.uplift_ppm),
        BASIS: str(terms.day_basis),
        PERIODS: str(terms.periods),
        PAID: str(paid),
        DUE_DAY: str(day),
        SINCE: style.day(owed.overdue[0].due_on if owed.overdue else None),
        DAYS: str(owed.days_past_due),
        FEE: style.amount(fee_fen),
        **dict(zip(AMOUNTS, map(style.amount, amounts), strict=True)),
    }


def _percent(ppm: int) -> str:
    whole, rest = divmod(ppm, PERCENT_PPM)
    # As core systems write rates: 18, 18.25 or 18.2575, never more decimals than are needed.
    if not rest:
        return str(whole)
    return f"{whole}.{rest:04d}" if rest % 100 else f"{whole}.{rest // 100:02d}"
