"""Why most rows of a file are not ours: a column in another unit, found by computing with it in
each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from app.domain.arrears import arrears
from app.domain.loan import LoanTerms
from app.domain.nightly_row import COMPONENTS, FileFigures
from app.domain.schedule import ScheduleImpossible

# Fewer rows than these can all differ by chance; in a file of one or two only a unit that explains
# them makes it wait.
LEAST_ROWS = 3
TO_PERCENT, MONTHS = 100, 12
# Above this no contract is meant to be: a rate computed so is none.
MOST_PPM = 1_000_000
TEN_THOUSAND = 10_000
# Amounts in thousands or ten thousands keep two decimals and lose the rest; a principal this large
# was written in yuan.
SMALL_FEN = 100_000


class DifferingRow(NamedTuple):
    """A good row whose figures are not ours. Units: fen."""

    line: int
    ref: str
    terms: LoanTerms
    paid: int
    figures: FileFigures


class RowInUnit(NamedTuple):
    """A row as it reads in another unit; figures may be off by `within` fen."""

    terms: LoanTerms
    figures: FileFigures
    within: int = 0


@dataclass(frozen=True)
class UnitEvidence:
    """Which unit explains how many of the rows tried, with one of them. Units: fen."""

    unit: str
    fits: int
    tried: int
    line: int
    ref: str
    component: str
    file_fen: int
    ours_fen: int


def unit_evidence(
    rows: Sequence[DifferingRow], *, as_of: date, ceiling_ppm: int
) -> UnitEvidence | None:
    """Return the unit that explains most of the rows, "" where none explains half; None without
    rows.

    Units:  fen.
    Source: contract, the nightly file: unit.
    """
    if not rows:
        return None
    fits = {
        name: [one for one in rows if _fits(unit(one), one, as_of, ceiling_ppm)]
        for name, unit in UNITS.items()
    }
    # The first of those that explain as many: they stand from the likely to the unlikely.
    best = max(fits, key=lambda name: len(fits[name]))
    is_found = len(fits[best]) * 2 > len(rows)
    shown = fits[best][0] if is_found else rows[0]
    component, file_fen, ours_fen = _first_difference(shown, as_of, ceiling_ppm)
    return UnitEvidence(
        best if is_found else "",
        len(fits[best]) if is_found else 0,
        len(rows),
        shown.line,
        shown.ref,
        component,
        file_fen,
        ours_fen,
    )


def is_another_unit(unlike: int, compared: int, evidence: UnitEvidence | None) -> bool:
    """Tell whether a file has to wait: most of its rows are not ours, and not by chance."""
    if not unlike or unlike * 2 <= compared:
        return False
    return unlike >= LEAST_ROWS or bool(evidence and evidence.unit)


def _fits(unit: RowInUnit | None, row: DifferingRow, as_of: date, ceiling_ppm: int) -> bool:
    if unit is None:
        return False
    ours = _ours(unit.terms, row.paid, unit.figures.fee, as_of, ceiling_ppm)
    if ours is None:
        return False
    pairs = zip(unit.figures, ours, strict=False)
    return all(abs(theirs - mine) <= unit.within for theirs, mine in pairs)


def _first_difference(row: DifferingRow, as_of: date, ceiling_ppm: int) -> tuple[str, int, int]:
    ours = _ours(row.terms, row.paid, row.figures.fee, as_of, ceiling_ppm) or (0, 0, 0, 0)
    pairs = zip(COMPONENTS, row.figures, ours, strict=False)
    return next((one for one in pairs if one[1] != one[2]), (COMPONENTS[0], 0, 0))


def _ours(
    terms: LoanTerms, paid: int, fee_fen: int, as_of: date, ceiling_ppm: int
) -> tuple[int, int, int, int] | None:
    try:
        owed = arrears(terms, paid=paid, fee_fen=fee_fen, as_of=as_of, ceiling_ppm=ceiling_ppm)
    except ScheduleImpossible:
        return None
    return (
        owed.principal_left_fen,
        owed.overdue_principal_fen,
        owed.interest_fen,
        owed.penalty_fen,
    )


def _rates(annual: int, uplift: int) -> Callable[[DifferingRow], RowInUnit | None]:
    def read(row: DifferingRow) -> RowInUnit | None:
        terms = row.terms
        if terms.annual_ppm * annual > MOST_PPM or terms.uplift_ppm * uplift > MOST_PPM:
            return None
        annual_ppm, uplift_ppm = terms.annual_ppm * annual, terms.uplift_ppm * uplift
        return RowInUnit(replace(terms, annual_ppm=annual_ppm, uplift_ppm=uplift_ppm), row.figures)

    return read


def _daily(row: DifferingRow) -> RowInUnit | None:
    return _rates(row.terms.day_basis, 1)(row)


def _in_fen(*, principal: bool, figures: bool) -> Callable[[DifferingRow], RowInUnit | None]:
    def read(row: DifferingRow) -> RowInUnit | None:
        terms, amounts = row.terms, row.figures
        if principal:
            if terms.principal_fen % TO_PERCENT or terms.principal_fen < TO_PERCENT:
                return None
            terms = replace(terms, principal_fen=terms.principal_fen // TO_PERCENT)
        if figures:
            if any(one % TO_PERCENT for one in amounts):
                return None
            amounts = FileFigures(*(one // TO_PERCENT for one in amounts))
        return RowInUnit(terms, amounts)

    return read


def _larger(row: DifferingRow) -> RowInUnit | None:
    """Read as ten thousands; thousands fit as well, for all amounts are in proportion."""
    if row.terms.principal_fen >= SMALL_FEN:
        return None
    terms = replace(row.terms, principal_fen=row.terms.principal_fen * TEN_THOUSAND)
    figures = FileFigures(*(one * TEN_THOUSAND for one in row.figures))
    return RowInUnit(terms, figures, within=TEN_THOUSAND)


UNITS: dict[str, Callable[[DifferingRow], RowInUnit | None]] = {
    "rates_fraction": _rates(TO_PERCENT, TO_PERCENT),
    "annual_fraction": _rates(TO_PERCENT, 1),
    "uplift_fraction": _rates(1, TO_PERCENT),
    "annual_monthly": _rates(MONTHS, 1),
    "annual_daily": _daily,
    "amounts_fen": _in_fen(principal=True, figures=True),
    "figures_fen": _in_fen(principal=False, figures=True),
    "principal_fen": _in_fen(principal=True, figures=False),
    "amounts_larger": _larger,
}
