"""One ID with two customer numbers, or with two mobiles: the person signs in all the same."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.integrations.sheets.csv_book import CsvBook
from app.models import Borrower, Loan, SessionRow
from app.services.nightly.importing import import_book
from app.services.signin.borrower_signin import CodeWrong
from tests.services.signin.test_borrower_signin import HERE, THERE, ask, check, pick, sent_code
from tests.support.acting import acting
from tests.support.books import CASES, ListBook, good_cells, id_number
from tests.support.clock import NOW

FIRST, SECOND = "19000000001", "19111111111"


@pytest.fixture
def take_in(session, vault):
    return lambda book: import_book(session, acting(vault=vault), book=book)


def enter(session, vault, site, *, mobile, visit=HERE):
    asked = ask(session, vault, site, mobile=mobile, visit=visit)
    code = sent_code(session, vault, asked)
    assert check(session, vault, asked, code, visit=visit) is None
    return pick(session, vault, asked, id_number(1)[-4:], visit=visit)


def test_two_customer_numbers_with_one_id_sign_in_as_one_who_has_all_loans(
    take_in, session, vault, site
):
    take_in(CsvBook(CASES / "one-person-two-numbers" / "loan_book.csv"))
    assert enter(session, vault, site, mobile=FIRST).token
    who = session.scalars(select(SessionRow.borrower_id)).one()
    refs = session.scalars(select(Loan.ref).where(Loan.borrower_id == who).order_by(Loan.ref))
    assert refs.all() == ["JJ10000001", "JJ10000002"]


def test_either_of_two_mobiles_signs_in_with_the_last_four_every_time(
    take_in, session, vault, site
):
    other = {"证件号码": id_number(1), "手机号码": SECOND}
    take_in(ListBook([good_cells(1), good_cells(2) | other]))
    for mobile, visit in ((FIRST, HERE), (SECOND, THERE)):
        assert enter(session, vault, site, mobile=mobile, visit=visit).token
    assert len(set(session.scalars(select(SessionRow.borrower_id)))) == 1
    session.rollback()
    # A known device is not enough: whose the number is nobody has decided.
    later = NOW + timedelta(hours=2)
    asked = ask(session, vault, site, mobile=FIRST, visit=HERE, now=later)
    code = sent_code(session, vault, asked)
    assert check(session, vault, asked, code, visit=HERE, now=later) is None
    with pytest.raises(CodeWrong):
        pick(session, vault, asked, "0000", visit=HERE, now=later)
    assert session.scalars(select(Borrower.is_contested)).one()
