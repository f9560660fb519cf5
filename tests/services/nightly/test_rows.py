"""A loan written as a row: what is read back is the loan, in every style; differences where asked
for.
"""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.nightly_row import compare, judge_row
from app.services.nightly.rows import AMOUNTS, DATE_STYLES, Style, loan_cells, moved
from tests.domain.examples import make_terms
from tests.support.books import AS_OF, CEILING_PPM, good_cells

TERMS = make_terms(annual_ppm=182_500, periods=24, start_on=date(2026, 1, 18), due_day=18)


def written(terms=TERMS, *, style=None, differences=None):
    return loan_cells(
        terms,
        paid=7,
        fee_fen=2_000,
        as_of=AS_OF,
        ceiling_ppm=CEILING_PPM,
        style=style or Style(),
        differences=differences or {},
    )


def read_back(cells):
    return judge_row(good_cells() | cells, as_of=AS_OF, is_ref_taken=False, is_customer_taken=False)


@pytest.mark.parametrize("has_commas", [False, True])
@pytest.mark.parametrize("date_format", DATE_STYLES)
def test_in_every_style_the_row_says_the_same_loan(date_format, has_commas):
    cells = written(style=Style(date_format, has_commas))
    row = read_back(cells)
    assert (row.terms, row.paid, row.figures.fee) == (TERMS, 7, 2_000)
    assert not compare(row, as_of=AS_OF, ceiling_ppm=CEILING_PPM).differences
    assert any("," in cells[one] for one in AMOUNTS) is has_commas


def test_the_file_departs_by_what_it_is_told_to_and_no_more():
    row = read_back(written(differences={"penalty": -137, "left": 1}))
    found = compare(row, as_of=AS_OF, ceiling_ppm=CEILING_PPM).differences
    assert dict(found) == {"penalty": -137, "left": 1}


@pytest.mark.parametrize(
    ("ppm", "written_as"),
    [
        (0, "0"),
        (240_000, "24"),
        (182_500, "18.25"),
        (180_500, "18.05"),
        (237_255, "23.7255"),
        (10_001, "1.0001"),
    ],
)
def test_a_rate_is_written_whole(ppm, written_as):
    terms = replace(TERMS, annual_ppm=ppm)
    assert written(terms)["年利率(%)"] == written_as


def test_where_nothing_is_overdue_since_when_stays_blank():
    cells = loan_cells(
        TERMS,
        paid=24,
        fee_fen=0,
        as_of=AS_OF,
        ceiling_ppm=CEILING_PPM,
        style=Style(),
        differences={},
    )
    assert ([cells[one] for one in AMOUNTS], cells["逾期天数"]) == (["0.00"] * 4, "0")
    assert cells["逾期起始日"] == ""


def test_a_contract_moved_into_a_short_month_keeps_its_due_day():
    terms = replace(TERMS, start_on=date(2026, 1, 31), due_day=None)
    short = moved(terms, 1)
    assert (short.start_on, short.due_day) == (date(2026, 2, 28), 31)
    assert moved(moved(TERMS, 5), -5) == TERMS
