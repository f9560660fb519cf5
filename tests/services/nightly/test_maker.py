"""A made-up nightly file: the same for the same seed, fictional people, faults where they are
meant.
"""

from datetime import date

import pytest

from app.domain.nightly_fields import RowFault
from app.domain.nightly_row import COLUMNS, compare, judge_row
from app.services.nightly.maker import DAMAGE, DIFFERENCE_EVERY, FAULT_EVERY, REGION, made_rows
from tests.support.books import CEILING_PPM

TODAY = date(2026, 11, 23)
BORROWERS = 300


def made(*, seed=7, borrowers=BORROWERS):
    headers, *rows = made_rows(borrowers=borrowers, seed=seed, as_of=TODAY, ceiling_ppm=CEILING_PPM)
    assert headers == list(COLUMNS)
    return [dict(zip(headers, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def rows():
    return made()


def judged(cells):
    """The row as it is judged, or its fault."""
    try:
        return judge_row(cells, as_of=TODAY, is_ref_taken=False, is_customer_taken=False)
    except RowFault as fault:
        return fault


def test_the_same_seed_gives_the_same_file_and_a_smaller_one_is_its_beginning(rows):
    assert made(borrowers=20) == rows[: len(made(borrowers=20))]
    assert made(seed=8, borrowers=20) != made(borrowers=20)


def test_faults_stand_where_they_are_meant_and_nowhere_else(rows):
    found = [number for number, one in enumerate(rows, 1) if isinstance(judged(one), RowFault)]
    assert found == list(range(FAULT_EVERY, len(rows) + 1, FAULT_EVERY))
    assert len(found) >= len(DAMAGE)  # of every kind at least one
    codes = {judged(rows[number - 1]).code for number in found}
    assert len(codes) >= len(DAMAGE) - 1  # two kinds of damage are told alike


def test_amounts_are_our_own_but_for_those_meant_to_differ(rows):
    for number, one in enumerate(rows, 1):
        if number % FAULT_EVERY == 0:
            continue
        differences = compare(judged(one), as_of=TODAY, ceiling_ppm=CEILING_PPM).differences
        assert dict(differences) == ({} if number % DIFFERENCE_EVERY else {"penalty": 137}), number


def test_nobody_in_it_is_real_and_numbers_are_used_once(rows):
    good = [one for one in map(judged, rows) if not isinstance(one, RowFault)]
    assert {one.person.id_number[:6] for one in good} == {REGION}
    assert {one.person.mobile[:3] for one in good} == {"190"}
    assert len({one.ref for one in good}) == len(good)
