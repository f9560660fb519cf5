"""The demo loaded: once, with someone to sign in as for each rule, those untouched first."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import Borrower, Loan, NightlyFile, Staff
from app.services.demo.loading import STAFF, demo_code_of, load_demo
from app.services.staff import totp
from app.services.staff.passwords import is_password
from tests.factories import make_contact, make_loan
from tests.support.acting import acting
from tests.support.authenticator import enrol
from tests.support.books import ListBook, good_cells, id_number
from tests.support.clock import NOW
from tests.support.staff_accounts import add as add_staff

SECOND_LOAN = {"客户编号": "C10000002", "证件号码": id_number(2), "手机号码": "19000000002"}
BOOK = (
    good_cells(1),
    good_cells(2),
    good_cells(3, **SECOND_LOAN),
    good_cells(4),
    good_cells(5, 手机号码="19000000004"),
    good_cells(6, paid=10),
    good_cells(7),
    good_cells(8, differences={"penalty": -100}),
    good_cells(9, paid=6),
)
FIRST, OTHER_FIRST = "JJ10000001", "JJ10000007"


@pytest.fixture
def load(session, vault):
    def loaded():
        return load_demo(session, acting(vault=vault), example=ListBook(list(BOOK)))

    return loaded


def refs(demo):
    return [one.loans for one in demo.borrowers]


def test_there_is_someone_for_each_rule(load):
    found = refs(load())
    assert found[:5] == [
        (FIRST,),
        ("JJ10000002", "JJ10000003"),
        ("JJ10000004",),
        ("JJ10000005",),
        ("JJ10000006",),  # nothing past due
    ]
    assert found[5:] == [("JJ10000008",), ("JJ10000009",)]  # another figure; long past due
    assert max(Counter(found).values()) == 1


def test_again_it_changes_nothing_and_tells_the_same(session, load):
    told = load()
    models = (Borrower, Loan, NightlyFile, Staff)
    before = [session.scalar(select(func.count()).select_from(one)) for one in models]
    assert load() == told
    assert before == [session.scalar(select(func.count()).select_from(one)) for one in models]


def test_whoever_was_tried_makes_way_for_someone_untouched(session, load):
    load()
    ours = select(Borrower).join(Loan).where(Loan.ref == FIRST)
    make_contact(session, session.scalars(ours).one())
    assert refs(load())[0] == (OTHER_FIRST,)


def test_staff_sign_in_with_the_passwords_told(session, load):
    told = load().staff
    hashes = dict(session.execute(select(Staff.username, Staff.password_hash)).all())
    assert [(one.username, one.roles) for one in told] == [
        (username, (role,)) for username, _name, role in STAFF
    ]
    assert is_password(hashes[told[0].username], told[0].password)


def test_staff_are_enrolled_and_their_codes_told(session, vault, load):
    told = load().staff
    for one in told:
        staff = session.scalars(select(Staff).where(Staff.username == one.username)).one()
        assert totp.secret_of(vault, staff) == one.totp_secret
        code = demo_code_of(session, acting(vault=vault), username=one.username)
        assert totp.is_right(one.totp_secret, code, NOW)
    assert len({one.totp_secret for one in told}) == len(STAFF)


def test_an_account_from_before_is_enrolled_when_the_demo_is_told(session, load):
    told = load()
    staff = session.scalars(select(Staff).where(Staff.username == "admin")).one()
    staff.totp_secret_enc = None
    session.commit()
    again = load()
    new, before = ({one.username: one.totp_secret for one in demo.staff} for demo in (again, told))
    assert {name for name in new if new[name] != before[name]} == {"admin"}


def test_the_code_of_nobody_else_is_told(session, vault, load):
    load()
    add_staff(session, username="real")
    enrol(session, vault, "real")
    for name in ("real", "nobody"):
        with pytest.raises(NotFound):
            demo_code_of(session, acting(vault=vault), username=name)


def test_where_loans_are_already_no_file_is_taken_in(session, load, borrower):
    make_loan(session, borrower)
    load()
    assert session.scalar(select(func.count()).select_from(Loan)) == 1
