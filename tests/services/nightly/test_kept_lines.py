"""The rows of a file that waits: sealed, the same again, and gone once somebody has decided."""

import pytest
from sqlalchemy import select, update

from app.models import NightlyFile, NightlyFilePart
from app.services.nightly import kept_lines
from app.services.nightly.kept_lines import KeptBook
from tests.support.books import ListBook, good_cells


@pytest.fixture
def waiting(take_in, session, monkeypatch):
    monkeypatch.setattr(kept_lines, "PART_LINES", 2)
    rows = [good_cells(number, differences={"penalty": 137}) for number in range(1, 6)]
    assert take_in(*rows).state == "waiting"
    return rows, session.scalars(select(NightlyFile)).one()


def test_rows_come_back_as_they_came(waiting, session, vault):
    rows, file = waiting
    kept = KeptBook(session, vault, file)
    asked = ListBook(rows)
    assert (tuple(kept.headers), kept.sha256) == (asked.headers, asked.sha256)
    assert list(kept.lines()) == list(asked.lines())
    assert list(kept.lines()) == list(asked.lines())


def test_no_part_can_be_read_without_its_key_or_in_another_place(waiting, session, vault):
    _, file = waiting
    parts = session.scalars(select(NightlyFilePart).order_by(NightlyFilePart.number)).all()
    assert [one.number for one in parts] == [0, 1, 2, 3]
    assert all("罗涵敏".encode() not in one.lines_enc for one in parts)
    parts[1].lines_enc = parts[2].lines_enc
    session.commit()
    with pytest.raises(ValueError, match="moved"):
        list(KeptBook(session, vault, file).lines())


@pytest.mark.parametrize(
    ("state", "kept"),
    [("waiting", True), ("confirmed", True), ("declined", False), ("superseded", False)],
)
def test_rows_are_kept_only_while_the_file_waits(waiting, session, count, state, kept):
    session.execute(update(NightlyFile).values(state=state))
    kept_lines.drop_lines(session)
    assert (count(NightlyFilePart) > 0) is kept


def test_newer_figures_drop_the_rows_of_what_waited(waiting, take_in, count):
    assert take_in(*(good_cells(number) for number in range(1, 6))).state == "applied"
    assert count(NightlyFilePart) == 0
