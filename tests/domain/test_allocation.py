"""Which part of a debt a payment settles first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.allocation import Components, allocate, allocate_each

OWED = Components(fee_fen=5_000, penalty_fen=12_000, interest_fen=38_000, principal_fen=200_000)
FEN = st.integers(0, 10**7)
PARTS = st.builds(Components, FEN, FEN, FEN, FEN)


def test_the_rule_books_example():
    assert allocate(100_000, OWED) == Components(5_000, 12_000, 38_000, 45_000)


def test_principal_first_where_the_contract_says_so():
    assert allocate(100_000, OWED, principal_first=True) == Components(principal_fen=100_000)
    assert allocate(210_000, OWED, principal_first=True) == Components(5_000, 5_000, 0, 200_000)


def test_the_oldest_instalment_comes_first_inside_each_part():
    older, newer = Components(0, 100, 50, 1_000), Components(30, 200, 60, 1_000)
    assert allocate_each(1_250, (older, newer)) == (
        Components(0, 100, 50, 810),
        Components(30, 200, 60, 0),
    )


@pytest.mark.parametrize(("amount", "owed"), [(-1, OWED), (1, Components(fee_fen=-1))])
def test_nothing_is_negative(amount, owed):
    with pytest.raises(ValueError, match="negative"):
        allocate(amount, owed)


@given(FEN, st.lists(PARTS, max_size=6), st.booleans())
def test_every_fen_lands_and_no_part_is_paid_twice(amount, owed, principal_first):
    paid = allocate_each(amount, owed, principal_first)
    assert sum(one.total for one in paid) == min(amount, sum(one.total for one in owed))
    assert all(
        0 <= mine <= due
        for one, other in zip(paid, owed, strict=True)
        for mine, due in zip(one, other, strict=True)
    )
