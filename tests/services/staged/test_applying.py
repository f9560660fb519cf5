"""Rows beside the tables: what is new, changed, unchanged, gone and back."""

from datetime import timedelta
from json import loads

from sqlalchemy import func, select

from app.domain.nightly_row import COLUMNS
from app.models import Borrower, Loan, LoanSnapshot
from app.models.befores import LOAN_BEFORES
from tests.support.books import AS_OF, ListBook, good_cells

NEXT = AS_OF + timedelta(days=1)


def test_unchanged_is_found_by_looking_not_by_a_remembered_hash(take_in, session, loan):
    take_in(good_cells(1), good_cells(2))
    loan(1).paid = 3
    session.commit()
    report = take_in(good_cells(1), good_cells(2))
    assert (report.state, report.unchanged) == ("applied", 1)
    assert loan(1).paid == 8


def test_unknown_columns_are_kept_beside_the_figures_and_sealed(take_in, session, vault, loan):
    headers = (*reversed(COLUMNS), "部门", "空的")
    book = ListBook([good_cells(1) | {"部门": "三部", "空的": ""}], headers=headers)
    assert take_in(book=book).accepted == 1
    stored = session.scalars(select(LoanSnapshot)).one()
    assert "三部".encode() not in stored.extra_enc
    row = f"{loan(1).public_id}:{AS_OF.isoformat()}"
    opened = vault.unseal(stored.extra_enc, table="loan_snapshots", row=row, column="extra")
    assert loads(opened) == {"部门": "三部"}
    assert take_in(book=book).state == "unchanged"
    book.rows[0]["部门"] = "四部"
    assert take_in(book=book).unchanged == 0


def test_a_remark_is_sealed_for_its_loan_and_known_when_it_changes(take_in, vault, loan):
    take_in(good_cells(1, 备注="请打王小明 19008350002"), good_cells(2))
    found = loan(1)
    assert "王小明".encode() not in found.remark_enc
    opened = vault.unseal(found.remark_enc, table="loans", row=found.public_id, column="remark")
    assert opened == "请打王小明 19008350002"
    assert (loan(2).remark_enc, loan(2).remark_hmac) == (None, "")
    same = good_cells(1, 备注="请打王小明 19008350002"), good_cells(2)
    assert take_in(*same).state == "unchanged"
    report = take_in(good_cells(1, 备注="不用打"), good_cells(2))
    assert (report.state, report.unchanged) == ("applied", 1)
    found = loan(1)
    opened = vault.unseal(found.remark_enc, table="loans", row=found.public_id, column="remark")
    assert opened == "不用打"
    take_in(good_cells(1), good_cells(2))
    assert loan(1).remark_enc is None


def test_equal_remarks_of_two_loans_do_not_look_equal(take_in, loan):
    take_in(good_cells(1, 备注="已联系"), good_cells(2, 备注="已联系"))
    assert loan(1).remark_hmac != loan(2).remark_hmac


def test_a_row_cut_off_does_not_make_its_loan_vanish(take_in, loan):
    take_in(*(good_cells(number) for number in range(1, 13)))
    book = ListBook([good_cells(number) for number in range(1, 13)])
    lines = list(book.lines())
    lines[-1] = lines[-1]._replace(cells=lines[-1].cells[:20])
    book.lines = lambda: iter(lines)
    report = take_in(book=book)
    assert [(one.ref, one.code) for one in report.rejected] == [("JJ10000012", "columns")]
    assert (report.vanished, loan(12).missing_since_on) == (0, None)


def test_a_newer_file_updates_and_keeps_the_older_figures(take_in, session, loan, count, vault):
    take_in(good_cells(1), good_cells(2))
    marked = loan(1)
    marked.disputed = marked.legal_review = True
    session.commit()
    changed = good_cells(1, as_of=NEXT, paid=9, 手机号码="19112345678", 姓名="罗敏")
    report = take_in(changed, good_cells(2, as_of=NEXT))
    assert (report.state, report.unchanged) == ("applied", 0)
    stored = loan(1)
    assert (stored.paid, stored.as_of_on, stored.disputed, stored.legal_review) == (
        9,
        NEXT,
        True,
        True,
    )
    assert count(LoanSnapshot) == 4
    person = session.scalars(select(Borrower).where(Borrower.customer_no == "C10000001")).one()
    assert person.mobile_hmac == vault.fingerprint("19112345678", purpose="mobile")
    assert (
        vault.unseal(person.name_enc, table="borrowers", row=person.public_id, column="name")
        == "罗敏"
    )


def test_a_corrected_file_of_the_same_day_replaces_only_what_differs(take_in, session, loan, count):
    take_in(good_cells(1), good_cells(2))
    kept = session.scalar(select(LoanSnapshot.id).where(LoanSnapshot.loan_id == loan(2).id))
    report = take_in(good_cells(1, differences={"interest": 3}), good_cells(2))
    assert report.unchanged == 1
    assert count(LoanSnapshot) == 2
    assert session.scalar(select(LoanSnapshot.id).where(LoanSnapshot.loan_id == loan(2).id)) == kept
    assert loan(1).difference


def test_a_loan_may_pass_to_another_customer(take_in, loan, session):
    take_in(good_cells(1), good_cells(2))
    moved = good_cells(2) | {
        key: good_cells(1)[key] for key in ("客户编号", "证件号码", "手机号码")
    }
    take_in(good_cells(1), moved)
    assert loan(2).borrower_id == loan(1).borrower_id


def test_a_loan_that_vanishes_is_marked_and_cleared_when_it_is_back(take_in, loan):
    everyone = range(1, 12)
    take_in(*(good_cells(number) for number in everyone))
    report = take_in(*(good_cells(number, as_of=NEXT) for number in everyone if number != 4))
    assert (report.state, report.vanished) == ("applied", 1)
    assert (loan(4).missing_since_on, loan(4).as_of_on) == (NEXT, AS_OF)
    later = NEXT + timedelta(days=1)
    assert (
        take_in(*(good_cells(number, as_of=later) for number in everyone if number != 4)).vanished
        == 0
    )
    assert loan(4).missing_since_on == NEXT
    take_in(*(good_cells(number, as_of=later) for number in everyone))
    assert loan(4).missing_since_on is None


def test_a_loan_whose_row_is_rejected_has_not_vanished(take_in, loan):
    take_in(good_cells(1), good_cells(2))
    report = take_in(good_cells(1, as_of=NEXT), good_cells(2, as_of=NEXT, 手机号码="1"))
    assert (report.state, report.vanished) == ("applied", 0)
    assert (loan(2).missing_since_on, loan(2).as_of_on) == (None, AS_OF)


def test_the_next_day_writes_no_loan_that_is_as_it_was(take_in, loan, session):
    take_in(*(good_cells(number) for number in range(1, 4)))
    take_in(good_cells(1, as_of=NEXT), good_cells(2, as_of=NEXT, paid=9), good_cells(3, as_of=NEXT))
    days = [(loan(number).own_as_of_on, loan(number).as_of_on) for number in (1, 2, 3)]
    assert days == [(AS_OF, NEXT), (NEXT, NEXT), (AS_OF, NEXT)]
    asked = select(Loan.ref).where(Loan.as_of_on == NEXT)
    assert len(session.scalars(asked).all()) == 3
    assert session.scalar(select(func.count()).select_from(LOAN_BEFORES)) == 3 + 1


def test_a_loan_without_a_good_row_keeps_its_day_until_it_has_one(take_in, loan):
    numbers = range(1, 13)
    take_in(*(good_cells(number) for number in numbers))
    later = NEXT + timedelta(days=1)
    for day in (NEXT, later):
        rows = [good_cells(number, as_of=day) for number in numbers]
        rows[0]["手机号码"] = "1"
        take_in(*rows[:-1])
        found = [(loan(one).as_of_on, loan(one).missing_since_on) for one in (1, 2, 12)]
        assert found == [(AS_OF, None), (day, None), (AS_OF, NEXT)]
    last = later + timedelta(days=1)
    take_in(*(good_cells(number, as_of=last) for number in numbers))
    assert {(loan(one).as_of_on, loan(one).missing_since_on) for one in numbers} == {(last, None)}
