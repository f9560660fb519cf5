"""The demo's nightly file: the example moved to any day."""

from datetime import UTC, date, datetime

import pytest

from app.integrations.sheets.csv_book import CsvBook
from app.services.demo.example_book import DemoBook, whole_months
from tests.support.acting import acting
from tests.support.example_book import EXAMPLE, EXPECTED


@pytest.mark.parametrize(
    "today", [date(2026, 11, 20), date(2026, 12, 19), date(2027, 3, 1), date(2028, 2, 29)]
)
def test_on_any_day_the_demo_keeps_its_rows_its_faults_and_its_differences(session, vault, today):
    from app.services.core.context import Actor
    from app.services.nightly.importing import import_book

    book = DemoBook(CsvBook(EXAMPLE), as_of=today, ceiling_ppm=240_000)
    now = datetime(today.year, today.month, today.day, tzinfo=UTC)
    report = import_book(session, acting(now=now, actor=Actor("cli:demo"), vault=vault), book=book)
    assert report.as_of_on == today
    assert [(one.line, one.code) for one in report.rejected] == [
        (one["line"], one["fault"]) for one in EXPECTED["rejected"]
    ]
    assert [one._asdict() for one in report.discrepancies] == EXPECTED["discrepancies"]


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 11, 20), 0),
        (date(2026, 12, 19), 0),
        (date(2026, 12, 20), 1),
        (date(2026, 11, 19), -1),
    ],
)
def test_dates_move_by_whole_months_to_the_last_one_not_after_today(today, months):
    assert whole_months(date(2026, 11, 20), today) == months
