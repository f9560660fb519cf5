"""The annual rate people are shown."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.irr import annual_rate
from app.domain.schedule import equal_instalment_fen


def test_the_rule_books_flat_fee():
    principal = [83_333] * 11 + [83_337]
    assert annual_rate(1_000_000, [part + 7_500 for part in principal]) == Decimal("0.1622")


@pytest.mark.parametrize(
    ("amount", "instalments", "days", "rate"),
    [
        (120_000, [10_000] * 12, 30, "0.0000"),
        (100_000, [100_000], 12, "0.0000"),
        (100_000, [101_000], 30, "0.1200"),
        (100_000, [101_000], 45, "0.1200"),  # a longer first period is one month
        (100_000, [101_000], 15, "0.2400"),  # half a month bears half of the rate
        (100_000, [0, 102_010], 30, "0.1200"),
        (1, [1_000_000], 30, "11999988.0000"),
    ],
)
def test_known_rates(amount, instalments, days, rate):
    assert annual_rate(amount, instalments, days) == Decimal(rate)


@given(st.integers(1_000_000, 10**9), st.integers(1_000, 500_000), st.integers(1, 600))
def test_equal_instalments_give_back_their_own_rate(principal, ppm, n):
    instalment = equal_instalment_fen(principal, ppm, n)
    shown = annual_rate(principal, [instalment] * n)
    assert abs(shown - Decimal(ppm) / 1_000_000) <= Decimal("0.0005")


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=60), st.integers(1, 30))
def test_the_rate_is_never_negative_and_discounts_to_the_amount(instalments, days):
    total = sum(instalments)
    if not total:
        return
    amount = total * 9 // 10 or 1
    monthly = annual_rate(amount, instalments, days) / 12
    assert monthly >= 0
    first = Decimal(days) / 30

    def value(rate):
        later = sum(one / (1 + rate) ** k for k, one in enumerate(instalments))
        return later / (1 + rate * first)

    step = Decimal("0.00005") / 12 + Decimal("1e-15")
    assert value(monthly + step) <= amount <= value(max(Decimal(0), monthly - step))


@pytest.mark.parametrize(
    ("amount", "instalments", "days"),
    [(0, [1], 30), (10, [9], 30), (10, [20], -1), (10, [-1, 20], 30), (1, [], 30)],
)
def test_instalments_that_do_not_pay_back_have_no_rate(amount, instalments, days):
    with pytest.raises(ValueError, match="pay the amount back"):
        annual_rate(amount, instalments, days)
