"""One ID is one person; where rows do not agree about one nothing is decided by their order."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.integrations.sheets.csv_book import CsvBook
from app.models import Borrower, ContestedValue, Loan, OutboxItem
from app.services.core.transaction import transaction
from app.services.outbox import queue as outbox_queue
from tests.support.acting import acting
from tests.support.books import AS_OF, CASES, good_cells, id_number

NEXT = AS_OF + timedelta(days=1)
FIRST, SECOND = "19000000001", "19111111111"


def of_one(number, **overrides):
    """A loan of the first person under a customer number of its own."""
    return good_cells(number) | {"证件号码": id_number(1), "手机号码": FIRST} | overrides


def person(session) -> Borrower:
    session.expire_all()
    return session.scalars(select(Borrower)).one()


def contested(session, field="mobile"):
    query = select(ContestedValue.value_hmac).where(ContestedValue.field == field)
    return set(session.scalars(query))


def test_two_customer_numbers_with_one_id_are_one_person_and_told(take_in, session):
    report = take_in(book=CsvBook(CASES / "one-person-two-numbers" / "loan_book.csv"))
    assert (report.accepted, len(report.rejected)) == (2, 0)
    found = person(session)
    loans = session.scalars(select(Loan).order_by(Loan.ref)).all()
    assert {one.borrower_id for one in loans} == {found.id}
    assert [one.customer_no for one in loans] == ["C10000001", "C10000002"]
    assert [(one.code, one.customer_no, one.lines) for one in report.conflicts] == [
        ("shared_id", "C10000001、C10000002", (2, 3))
    ]
    assert not found.is_contested


def test_a_second_number_that_comes_later_is_the_same_person(take_in, session):
    take_in(of_one(1))
    assert take_in(of_one(1), of_one(2)).accepted == 2
    assert person(session).customer_no == "C10000001"
    again = take_in(of_one(1), of_one(2))
    assert (again.state, again.unchanged) == ("unchanged", 2)


def test_a_number_known_by_a_loan_only_is_not_given_to_another_id(take_in, session):
    take_in(of_one(1), of_one(2))
    report = take_in(of_one(1), of_one(2), good_cells(3, 客户编号="C10000002"))
    assert [(one.line, one.code) for one in report.rejected] == [(4, "customer_conflict")]


@pytest.mark.parametrize("is_turned", [False, True])
def test_where_no_mobile_is_stored_both_stand_side_by_side(take_in, session, vault, is_turned):
    rows = [of_one(1), of_one(2, 手机号码=SECOND)]
    report = take_in(*(reversed(rows) if is_turned else rows))
    told = {(one.code, one.stands) for one in report.conflicts}
    assert told == {("shared_id", True), ("two_mobiles", False)}
    hmacs = {vault.fingerprint(one, purpose="mobile") for one in (FIRST, SECOND)}
    found = person(session)
    assert found.is_contested
    assert contested(session) == hmacs
    # Whichever came first, the row holds the same one: nobody chose it.
    assert found.mobile_hmac == min(hmacs)
    assert vault.unseal(
        found.mobile_enc, table="borrowers", row=found.public_id, column="mobile"
    ) in (FIRST, SECOND)


def test_the_same_contest_again_changes_nothing(take_in, session):
    rows = (of_one(1), of_one(1 + 1, 手机号码=SECOND))
    take_in(*rows)
    before = person(session).mobile_enc
    again = take_in(*rows)
    assert (again.state, again.unchanged) == ("unchanged", 2)
    assert person(session).mobile_enc == before
    assert take_in(*reversed(rows)).state == "unchanged"
    assert person(session).mobile_enc == before


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_stored_mobile_stands_whatever_the_rows_say(take_in, session, vault, is_turned):
    take_in(of_one(1))
    rows = [of_one(1, 手机号码=SECOND), of_one(2, 手机号码="19222222222")]
    report = take_in(*(reversed(rows) if is_turned else rows))
    assert ("two_mobiles", True) in {(one.code, one.stands) for one in report.conflicts}
    found = person(session)
    assert found.mobile_hmac == vault.fingerprint(FIRST, purpose="mobile")
    assert (found.is_contested, contested(session)) == (False, set())


def test_rows_that_agree_change_the_mobile_and_end_a_contest(take_in, session, vault):
    take_in(of_one(1), of_one(2, 手机号码=SECOND))
    take_in(of_one(1, 手机号码=SECOND), of_one(2, 手机号码=SECOND))
    found = person(session)
    assert found.mobile_hmac == vault.fingerprint(SECOND, purpose="mobile")
    assert (found.is_contested, contested(session)) == (False, set())


def test_two_names_of_one_customer_number_are_told_and_stand_side_by_side(take_in, session):
    other = good_cells(2) | {"客户编号": "C10000001", "证件号码": id_number(1), "姓名": "罗敏"}
    report = take_in(good_cells(1), other | {"手机号码": FIRST})
    assert [(one.code, one.lines, one.stands) for one in report.conflicts] == [
        ("two_names", (2, 3), False)
    ]
    assert len(contested(session, "name")) == 2
    assert contested(session) == set()


def test_one_field_that_is_settled_leaves_the_other_contested(take_in, session):
    take_in(of_one(1), of_one(2, 手机号码=SECOND, 姓名="罗敏"))
    take_in(of_one(1), of_one(2, 姓名="罗敏"))
    assert person(session).is_contested
    assert (len(contested(session)), len(contested(session, "name"))) == (0, 2)


def test_nothing_but_codes_goes_to_who_is_contested(take_in, session, vault):
    take_in(of_one(1), of_one(2, 手机号码=SECOND))
    found = person(session).id
    for purpose in ("code", "service"):
        with transaction(session):
            outbox_queue.enqueue_sms(
                session,
                acting(vault=vault),
                purpose=purpose,
                to=FIRST,
                text="【澄明消金】您好",
                borrower_id=found,
                key=purpose,
            )
    states = dict(session.execute(select(OutboxItem.purpose, OutboxItem.state)).all())
    assert states == {"code": "waiting", "service": "withheld"}
    kept = session.scalars(select(OutboxItem.payload_enc).where(OutboxItem.state == "withheld"))
    assert kept.all() == [None]


def test_who_is_stored_twice_is_known_by_the_oldest_row(take_in, session):
    take_in(of_one(1), good_cells(5))
    session.execute(
        update(Borrower)
        .where(Borrower.customer_no == "C10000005")
        .values(
            id_hmac=select(Borrower.id_hmac)
            .where(Borrower.customer_no == "C10000001")
            .scalar_subquery()
        )
    )
    session.commit()
    take_in(of_one(1), of_one(2), is_confirmed=True)
    owner = session.scalars(select(Borrower.id).where(Borrower.customer_no == "C10000001")).one()
    assert session.scalars(select(Loan.borrower_id).where(Loan.ref == "JJ10000002")).one() == owner
