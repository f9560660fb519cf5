"""What is stored of the people and loans that rows name."""

from app.services.staged.stored import (
    planned_refs,
    stored_numbers,
    stored_people,
    stored_refs,
)
from tests.factories import make_borrower, make_loan

# More than fit into one list of values, and what no database can hold.
ODD = ("", "with\0nul", "\u501f", *(f"missing {number}" for number in range(2_000)))


def test_loans_are_found_by_their_number_alone(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    assert stored_refs(session, refs={loan.ref, *ODD}) == {loan.ref: loan.public_id}
    assert stored_refs(session, refs=ODD) == {}
    assert planned_refs(session, refs={loan.ref, *ODD}) == set()


def test_people_are_found_by_their_id_and_by_each_number_of_their_loans(session, vault):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    loan.customer_no = "C-second"
    session.flush()
    asked = {borrower.customer_no, "C-second", *ODD}
    assert stored_numbers(session, numbers=asked) == dict.fromkeys(
        [borrower.customer_no, "C-second"], borrower.id_hmac
    )
    found = stored_people(session, id_hmacs={borrower.id_hmac, *ODD})
    assert found == {
        borrower.id_hmac: (
            borrower.public_id,
            borrower.name_hmac,
            borrower.mobile_hmac,
            borrower.is_contested,
        )
    }
