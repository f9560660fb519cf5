"""One number over several loans: its sums, and the gravest of what is open."""

from datetime import date

import pytest

from app.domain.allocation import Components
from app.domain.keeping.by_number import by_number
from app.domain.keeping.standing import InstalmentStanding

DUE = date(2026, 12, 10)


def share(ref, state, paid, *, number=1, regular=False):
    left = Components(principal_fen=100 - paid)
    return InstalmentStanding(ref, number, DUE, 100, paid, state, regular, left)


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        (("paid", 100), ("paid", 100), "paid"),
        (("paid", 100), ("missed", 0), "missed"),
        (("due", 40), ("missed", 0), "missed"),
        (("paid", 100), ("due", 0), "due"),
        (("part", 40), ("coming", 0), "part"),
        # something of the number is there, of whichever loan
        (("paid", 100), ("coming", 0), "part"),
        (("coming", 0), ("coming", 0), "coming"),
    ],
)
def test_the_state_of_a_number_is_that_of_all_its_loans(first, second, state):
    (found,) = by_number([share("A", *first), share("B", *second)])
    assert (found.state, found.amount_fen) == (state, 200)
    assert found.paid_fen == first[1] + second[1]
    assert found.left_fen == found.left.total == 200 - found.paid_fen


def test_numbers_stand_in_their_order_and_the_contracts_own_are_left_out():
    found = by_number(
        [
            share("A", "coming", 0, number=2),
            share("A", "coming", 0, number=7, regular=True),
            share("A", "due", 0, number=0),
        ]
    )
    assert [one.number for one in found] == [0, 2]
