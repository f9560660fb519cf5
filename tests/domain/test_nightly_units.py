"""Most rows of a file are not ours: which unit explains them."""

from datetime import date

import pytest

from app.domain.arrears import arrears
from app.domain.loan import LoanTerms, Method
from app.domain.nightly_row import FileFigures
from app.domain.nightly_units import UNITS, DifferingRow, is_another_unit, unit_evidence
from tests.support.books import CEILING_PPM

AS_OF = date(2026, 11, 20)


def _row(number, *, written=None, times=None, off=0):
    """A loan past due as the core system has it, written into the file in another unit."""
    terms = LoanTerms(
        principal_fen=1_200_000 + number * 100_000,
        annual_ppm=156_000,
        uplift_ppm=500_000,
        day_basis=360,
        method=Method.EQUAL_INSTALMENT,
        periods=24,
        start_on=date(2026, 1, 18),
        due_day=18,
    )
    owed = arrears(terms, paid=8, fee_fen=500, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    figures = [
        owed.principal_left_fen,
        owed.overdue_principal_fen,
        owed.interest_fen,
        owed.penalty_fen + off,
        500,
    ]
    values = {name: getattr(terms, name) for name in LoanTerms.__slots__} | (written or {})
    times = times or (lambda name, fen: fen)
    values["principal_fen"] = times("principal", values["principal_fen"])
    told = FileFigures(*(times("figures", one) for one in figures))
    return DifferingRow(number + 2, f"JJ{number}", LoanTerms(**values), 8, told)


def _cut(size):
    """Two decimals of a larger unit: what is below them is lost."""
    return lambda _name, fen: (fen + size // 2) // size


WRITTEN = [
    ("rates_fraction", {"written": {"annual_ppm": 1_560, "uplift_ppm": 5_000}}),
    ("annual_fraction", {"written": {"annual_ppm": 1_560}}),
    ("uplift_fraction", {"written": {"uplift_ppm": 5_000}}),
    ("annual_monthly", {"written": {"annual_ppm": 13_000}}),
    ("amounts_fen", {"times": lambda _name, fen: fen * 100}),
    ("figures_fen", {"times": lambda name, fen: fen * 100 if name == "figures" else fen}),
    ("principal_fen", {"times": lambda name, fen: fen * 100 if name == "principal" else fen}),
    ("amounts_larger", {"times": _cut(10_000)}),
    ("amounts_larger", {"times": _cut(1_000)}),
]


@pytest.mark.parametrize(("unit", "written"), WRITTEN)
def test_the_unit_that_explains_the_rows_is_named(unit, written):
    rows = [_row(number, **written) for number in range(4)]
    found = unit_evidence(rows, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    assert (found.unit, found.fits, found.tried) == (unit, 4, 4)
    assert (found.line, found.ref) == (2, "JJ0")
    assert found.file_fen != found.ours_fen


def test_a_rate_a_day_is_found_by_the_basis():
    rows = [_row(1, written={"annual_ppm": 500})]
    # 0.05 % a day is 18 % a year on a basis of 360.
    asked = LoanTerms(
        **{n: getattr(rows[0].terms, n) for n in LoanTerms.__slots__} | {"annual_ppm": 180_000}
    )
    owed = arrears(asked, paid=8, fee_fen=0, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    figures = FileFigures(
        owed.principal_left_fen,
        owed.overdue_principal_fen,
        owed.interest_fen,
        owed.penalty_fen,
        0,
    )
    row = rows[0]._replace(figures=figures)
    assert unit_evidence([row], as_of=AS_OF, ceiling_ppm=CEILING_PPM).unit == "annual_daily"


def test_every_unit_is_tried_here():
    assert {unit for unit, _ in WRITTEN} | {"annual_daily"} == set(UNITS)


def test_what_no_unit_explains_is_told_by_its_first_difference():
    rows = [_row(number, off=137) for number in range(3)]
    found = unit_evidence(rows, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    assert (found.unit, found.component, found.file_fen - found.ours_fen) == ("", "penalty", 137)
    assert unit_evidence([], as_of=AS_OF, ceiling_ppm=CEILING_PPM) is None


def test_half_of_the_rows_is_not_most_of_them():
    explained = [_row(1, written={"annual_ppm": 1_560}), _row(2, off=1)]
    assert unit_evidence(explained, as_of=AS_OF, ceiling_ppm=CEILING_PPM).unit == ""


@pytest.mark.parametrize(
    ("unlike", "compared", "unit", "waits"),
    [
        (0, 0, None, False),
        (1, 1, "", False),
        (2, 2, "", False),
        (1, 1, "rates_fraction", True),
        (3, 3, "", True),
        (3, 6, "rates_fraction", False),
        (4, 7, "", True),
        (0, 5, None, False),
    ],
)
def test_most_rows_unlike_ours_make_a_file_wait_unless_it_may_be_chance(
    unlike, compared, unit, waits
):
    evidence = None
    if unit is not None:
        rows = [_row(1, written={"annual_ppm": 1_560} if unit else None, off=0 if unit else 1)]
        evidence = unit_evidence(rows, as_of=AS_OF, ceiling_ppm=CEILING_PPM)
    assert is_another_unit(unlike, compared, evidence) is waits
