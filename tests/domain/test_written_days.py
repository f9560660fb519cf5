"""Days and instants on papers: by Beijing's clock, the document's own by UTC."""

from datetime import UTC, date, datetime

from app.domain.written_days import pdf_clock, written_day, written_instant

NIGHT = datetime(2026, 11, 30, 16, 5, 9, tzinfo=UTC)


def test_a_day_has_no_noughts_before_it():
    assert written_day(date(2026, 2, 3)) == "2026年2月3日"


def test_an_instant_is_told_by_the_clock_in_beijing():
    assert written_instant(NIGHT) == "2026年12月1日 0:05"


def test_a_document_has_its_own_by_utc():
    assert list(pdf_clock(NIGHT).items()) == [
        ("year", 2026),
        ("month", 11),
        ("day", 30),
        ("hour", 16),
        ("minute", 5),
        ("second", 9),
    ]
