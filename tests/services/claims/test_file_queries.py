"""Files of repayments: their figures, the lines that were not taken, up to when money is known."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.services.claims import file_queries
from app.services.claims.file_queries import (
    file_faults,
    file_view,
    files_page,
)
from app.services.keeping.coverage_queries import Coverage
from tests.support.payments import TODAY, make_statement, running_plan

DAY = timedelta(days=1)
FAULTS = [(number, "金额", "amount", f"第 {number} 行的金额写得不对") for number in (3, 4, 9, 12)]


def test_since_when_a_file_lacks_is_told_with_the_files(session, vault, zheng):
    assert files_page(session, zheng).coverage == Coverage(None)
    running_plan(session, vault)
    make_statement(session, covers_until_on=TODAY - 9 * DAY)
    make_statement(session, covers_until_on=None, state="refused", reason="表头缺少金额")
    page = files_page(session, zheng)
    assert page.coverage == Coverage(TODAY - 9 * DAY, TODAY - 8 * DAY)
    assert [one.reason for one in page.files] == ["表头缺少金额", ""]


def test_the_newest_file_comes_first_and_pages_go_on(session, zheng, monkeypatch):
    monkeypatch.setattr(file_queries, "PAGE_FILES", 2)
    for name in ("a.csv", "b.csv", "c.csv"):
        make_statement(session, name=name)
    page = files_page(session, zheng)
    assert [one.name for one in page.files] == ["c.csv", "b.csv"]
    last = files_page(session, zheng, before_key=page.next_key)
    assert ([one.name for one in last.files], last.next_key) == (["a.csv"], None)
    one = page.files[0]
    assert (one.rows, one.posted, one.duplicates, one.unmatched, one.total_fen) == (
        10,
        8,
        1,
        2,
        1_234_56,
    )


def test_lines_that_were_not_taken_in_order_and_by_pages(session, monkeypatch):
    monkeypatch.setattr(file_queries, "PAGE_FAULTS", 3)
    file = make_statement(session, faults=FAULTS)
    make_statement(session, faults=FAULTS[:1])
    first = file_view(session, public_id=file.public_id)
    assert ([one.line for one in first.faults], first.next_line) == ([3, 4, 9], 9)
    last = file_view(session, public_id=file.public_id, after_line=9)
    assert ([one.line for one in last.faults], last.next_line) == ([12], None)
    assert [one.message for one in file_faults(session, public_id=file.public_id)] == [
        words for *_rest, words in FAULTS
    ]


def test_an_unknown_file_is_not_found(session):
    with pytest.raises(NotFound):
        file_view(session, public_id="x" * 20)
    with pytest.raises(NotFound):
        list(file_faults(session, public_id="x" * 20))
