"""Why a file waits: many loans gone, or most of its rows in another unit."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.nightly_units import UNITS as TRIED
from app.integrations.sheets.csv_book import CsvBook
from app.models import Loan, NightlyFile, Plan
from app.services.nightly.reasons import REASONS, UNITS, WaitReason
from tests.factories import make_plan
from tests.support.books import AS_OF, CASES, good_cells

NEXT = AS_OF + timedelta(days=1)
RATES = CASES / "rate-as-fraction-whole-file" / "loan_book.csv"


def test_rates_as_fractions_make_the_file_wait_and_nothing_is_stored(take_in, session, count):
    report = take_in(book=CsvBook(RATES))
    assert (report.state, [one.code for one in report.reasons]) == ("waiting", ["unit"])
    assert report.reasons[0].values["unit"] == "rates_fraction"
    assert count(Loan) == 0
    kept = session.scalars(select(NightlyFile)).one()
    assert kept.findings["reasons"][0]["values"]["fits"] == 3
    assert sum(kept.findings["ages"].values()) == 3
    assert take_in(book=CsvBook(RATES), is_vanishing_confirmed=True).state == "waiting"
    assert take_in(book=CsvBook(RATES), is_confirmed=True).state == "applied"
    assert count(Loan) == 3


def test_amounts_in_fen_make_the_file_wait(take_in):
    rows = [good_cells(number) for number in range(1, 4)]
    for row in rows:
        for column in ("放款金额(元)", "剩余本金", "逾期本金", "应收利息", "应收罚息"):
            row[column] = row[column].replace(".", "").lstrip("0") + ".00"
    report = take_in(*rows)
    assert report.state == "waiting"
    assert report.reasons[0].values["unit"] == "amounts_fen"


def test_a_few_rows_that_differ_are_stored_and_told(take_in):
    rows = [good_cells(number, differences={"penalty": 137}) for number in (1, 2)]
    report = take_in(*rows, *(good_cells(number) for number in (3, 4)))
    assert (report.state, len(report.discrepancies)) == ("applied", 2)


def test_rows_that_differ_are_not_most_where_a_plan_explains_them(take_in, session):
    """A signed plan is the book of its loan: the core system's figures go their own way."""
    take_in(*(good_cells(number) for number in range(1, 6)))
    for loan in session.scalars(select(Loan).order_by(Loan.ref).limit(3)).all():
        make_plan(session, loan, state="signed")
    session.execute(update(Plan).values(state="active"))
    session.commit()
    rows = [
        good_cells(number, as_of=NEXT, differences={"interest": 500} if number < 4 else None)
        for number in range(1, 6)
    ]
    assert take_in(*rows).state == "applied"


def test_a_declined_file_that_comes_again_stays_declined(take_in, session, count):
    take_in(book=CsvBook(RATES))
    session.execute(update(NightlyFile).values(state="declined"))
    session.commit()
    report = take_in(book=CsvBook(RATES))
    assert (report.state, [one.code for one in report.reasons]) == ("declined", ["unit"])
    assert count(NightlyFile) == 1


def test_every_unit_has_words():
    assert set(UNITS) == {"", *TRIED}


@pytest.mark.parametrize("unit", UNITS)
def test_the_words_of_a_reason_name_its_numbers(unit):
    values = {"unlike": 7, "compared": 9, "unit": unit, "fits": 5 if unit else 0, "tried": 6}
    words = WaitReason("unit", values).words
    assert "7 行不一样" in words
    assert ("6 行里有 5 行" in words) is bool(unit)
    vanished = WaitReason("vanished", {"gone": 3, "before": 20, "percent": 10}).words
    assert "20 笔借款里有 3 笔" in vanished
    assert "撤回" in WaitReason("taken_back", {}).words
    assert set(REASONS) == {"unit", "vanished", "taken_back"}
