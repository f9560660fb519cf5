"""A borrower and a loan at the desk, the lender's figures beside ours."""

from datetime import date

from app.domain.arrears import arrears
from app.services.borrowers import lookup as borrower_lookup
from app.services.borrowers.desk_queries import borrower_desk, loan_desk
from app.services.core.context import Actor
from app.services.loans.figures import terms_of
from tests.factories import (
    CEILING_PPM,
    make_borrower,
    make_contact,
    make_hold,
    make_loan,
    make_snapshot,
)
from tests.support.acting import acting
from tests.support.clock import NOW

AGENT = Actor(who="staff:abc", from_where="127.0.0.1")


def test_the_desk_sees_both_figures_where_the_borrower_sees_the_lower(session, vault, borrower):
    loan = make_loan(session, borrower, differences={"penalty": -137})
    desk = borrower_lookup.open_loan(
        session, acting(actor=AGENT, vault=vault), public_id=loan.public_id
    )
    rows = {one.name: one for one in desk.compared}
    assert rows["penalty"].difference_fen == -137
    assert rows["penalty"].file_fen + 137 == rows["penalty"].ours_fen
    assert all(one.difference_fen == 0 for name, one in rows.items() if name != "penalty")
    assert desk.page.loan.owed.lowered.penalty == 137
    assert [one.has_difference for one in desk.snapshots] == [True]


def test_a_borrower_comes_with_loans_contacts_and_what_holds_them_off(session, vault, borrower):
    loan = make_loan(session, borrower)
    make_contact(session, borrower)
    make_hold(session, borrower, loan_id=loan.id)
    stranger = make_borrower(session, vault, mobile="19003740001")
    make_loan(session, stranger)
    make_contact(session, stranger)
    found = borrower_desk(session, acting(vault=vault), public_id=borrower.public_id)
    assert (found.who.loans, [one.loan.ref for one in found.debts.rows]) == (1, [loan.ref])
    assert (len(found.contacts.rows), [one.loan_id for one in found.holds]) == (1, [loan.id])
    assert found.debts.today == NOW.date()


def test_earlier_files_come_newest_first(session, vault, borrower):
    loan = make_loan(session, borrower, as_of_on=date(2026, 11, 22))
    for day in (20, 21):
        owed = arrears(
            terms_of(loan), paid=8, fee_fen=day, as_of=date(2026, 11, day), ceiling_ppm=CEILING_PPM
        )
        make_snapshot(session, loan, owed, differences={"fee": 1} if day == 20 else {})
    found = loan_desk(session, acting(vault=vault), public_id=loan.public_id).snapshots
    assert [(one.as_of_on.day, one.fee_fen, one.has_difference) for one in found] == [
        (22, 0, False),
        (21, 21, False),
        (20, 20, True),
    ]
