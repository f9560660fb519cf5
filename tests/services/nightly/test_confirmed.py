"""A file that waited, applied from its kept rows after a person has confirmed it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.errors import NotFound
from app.integrations.sheets.csv_book import CsvBook
from app.models import AuditEntry, Loan, NightlyFault, NightlyFile, NightlyFilePart
from app.services.nightly.confirmed import apply_confirmed, confirmed_files
from tests.services.nightly.conftest import NOW
from tests.support.acting import acting
from tests.support.books import AS_OF, CASES, good_cells

NEXT = AS_OF + timedelta(days=1)


@pytest.fixture
def waiting(take_in, session):
    take_in(*(good_cells(number) for number in range(1, 12)))
    rows = [good_cells(number, as_of=NEXT) for number in range(3, 12)]
    assert take_in(*rows, good_cells(90, as_of=NEXT, 手机号码="1")).state == "waiting"
    return session.scalars(
        select(NightlyFile.public_id).where(NightlyFile.state == "waiting")
    ).one()


@pytest.fixture
def apply(session, vault):
    return lambda public_id: apply_confirmed(
        session, acting(now=NOW, vault=vault), public_id=public_id
    )


def confirm(session):
    session.execute(
        update(NightlyFile).where(NightlyFile.state == "waiting").values(state="confirmed")
    )
    session.commit()


def test_a_confirmed_file_is_applied_once_and_keeps_its_line_of_the_list(
    waiting, apply, session, loan, count
):
    confirm(session)
    assert confirmed_files(session) == [waiting]
    report = apply(waiting)
    assert (report.state, report.vanished, report.accepted) == ("applied", 2, 9)
    assert (loan(1).missing_since_on, loan(3).as_of_on) == (NEXT, NEXT)
    assert count(NightlyFile) == 2
    assert count(NightlyFilePart) == 0
    assert count(NightlyFault) == 1
    assert session.scalars(select(AuditEntry.action)).all()[-1] == "nightly_file.applied"
    with pytest.raises(NotFound):
        apply(waiting)


def test_nobody_applies_a_file_that_only_waits(waiting, apply, loan):
    with pytest.raises(NotFound):
        apply(waiting)
    assert loan(3).as_of_on == AS_OF


def test_it_is_judged_anew_beside_what_is_stored_by_then(take_in, apply, session, loan):
    """Meanwhile another file of the day before came: its new loans are missing in this one."""
    book = CsvBook(CASES / "rate-as-fraction-whole-file" / "loan_book.csv")
    take_in(book=book)
    waiting = session.scalars(select(NightlyFile.public_id)).one()
    take_in(good_cells(1, as_of=AS_OF - timedelta(days=1)))
    confirm(session)
    assert apply(waiting).vanished == 1
    assert loan(1).missing_since_on == AS_OF
    assert len(session.scalars(select(Loan.id)).all()) == 4
