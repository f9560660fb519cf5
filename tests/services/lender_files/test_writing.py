"""Files are written as rows come, whatever their number; what a cell holds is what is read."""

import csv
import tracemalloc
from datetime import date

import pytest
from sqlalchemy import insert

from app.integrations.storage.disk import DiskStorage
from app.models import Hold
from app.services.lender_files import writing
from app.services.lender_files.day import ToldDay, ToldRow
from app.services.lender_files.loan_rows import HOLD_COLUMNS, hold_rows
from app.services.lender_files.writing import write_files
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW

DAY = ToldDay(date(2026, 11, 23))
MANY, MOST_BYTES = 20_000, 8_000_000


def test_any_text_comes_back_as_it_was(session, tmp_path, monkeypatch):
    odd = ("=1+1", 'a"b', "a,b", "两行\n的", " ", "𠮷", "+86", "'")
    rows = lambda _session, *, day: iter([ToldRow((one, "x"), 1) for one in odd])  # noqa: E731
    monkeypatch.setattr(writing, "FILES", (("a.csv", ("甲", "金额(元)"), rows),))
    for encoding in ("utf-8", "gb18030"):
        (made,) = write_files(
            session, storage=DiskStorage(tmp_path), folder="f/", day=DAY, encoding=encoding
        )
        with open(tmp_path / "f" / "a.csv", encoding=encoding, newline="") as file:
            _head, *lines, last = csv.reader(file)
        assert tuple(line[0] for line in lines) == odd
        assert last == ["合计", f"{len(odd)} 行"]
        assert (made.name, made.rows, made.fen) == ("a.csv", len(odd), len(odd))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_memory_does_not_grow_with_the_rows(session, vault, tmp_path, monkeypatch):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    hold = {"borrower_id": borrower.id, "loan_id": loan.id, "cause": "plan_kept", "from_at": NOW}
    session.execute(insert(Hold), [hold] * MANY)
    session.commit()
    session.expunge_all()
    monkeypatch.setattr(writing, "FILES", (("holds.csv", HOLD_COLUMNS, hold_rows),))
    tracemalloc.start()
    (made,) = write_files(
        session, storage=DiskStorage(tmp_path), folder="f/", day=DAY, encoding="utf-8"
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (made.rows, peak < MOST_BYTES) == (MANY, True), peak
