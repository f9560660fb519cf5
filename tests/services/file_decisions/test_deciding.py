"""A file that waits is confirmed or declined by a person, with a reason, once, on record."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.integrations.sheets.csv_book import CsvBook
from app.models import AuditEntry, NightlyFile, NightlyFileAct, NightlyFilePart
from app.services.file_decisions.deciding import FileDecided, WhyNeeded, decide_file
from tests.services.file_decisions.conftest import by
from tests.support.books import CASES


@pytest.fixture
def waiting(take_in, session):
    take_in(book=CsvBook(CASES / "rate-as-fraction-whole-file" / "loan_book.csv"))
    session.commit()
    return session.scalars(select(NightlyFile.public_id)).one()


def decide(session, public_id, *, act="confirm", words=" 核对过了 "):
    decide_file(session, by("zhou"), public_id=public_id, act=act, words=words)


@pytest.mark.parametrize(
    ("act", "state", "kept"), [("confirm", "confirmed", True), ("decline", "declined", False)]
)
def test_a_decision_is_on_record_with_its_reason(waiting, session, count, act, state, kept):
    decide(session, waiting, act=act)
    assert session.scalars(select(NightlyFile.state)).one() == state
    row = session.scalars(select(NightlyFileAct)).one()
    assert (row.act, row.words, row.who, row.person_id) == (
        act,
        "核对过了",
        "staff:zhou",
        "person-zhou",
    )
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.reason) == (f"nightly_file.{state}", "核对过了")
    # What was declined is kept no longer than needed.
    assert (count(NightlyFilePart) > 0) is kept


def test_only_one_decision_is_taken(waiting, session, count):
    decide(session, waiting)
    with pytest.raises(FileDecided):
        decide(session, waiting, act="decline")
    assert count(NightlyFileAct) == 1


@pytest.mark.parametrize("words", ["", "  ", "长" * 301])
def test_a_decision_needs_its_reason(waiting, session, count, words):
    with pytest.raises(WhyNeeded):
        decide(session, waiting, words=words)
    assert count(NightlyFileAct) == 0


def test_a_file_that_does_not_exist_is_not_found(session):
    with pytest.raises(NotFound):
        decide(session, "z" * 20)
