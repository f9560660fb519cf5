"""Cells in a lender's units, written as the built-in file has them."""

import pytest

from app.domain.maps.cells import UNFIT, amount_in, day_of_serial, percent_in, uplift_in
from app.domain.nightly_fields import RowFault, read_amount, read_percent


@pytest.mark.parametrize(
    ("parts", "unit", "expected"),
    [
        (["￥1,300.5000"], "yuan", "￥1,300.5000"),
        (["￥1,300.50", "0"], "yuan", "1300.50"),
        (["194.11", "0.00", "5.00"], "yuan", "199.11"),
        (["19411"], "fen", "194.11"),
        (["5"], "fen", "0.05"),
        (["0.2218"], "wan", "2218.00"),
        (["18.7187"], "wan", "187187.00"),
        (["0.000001"], "wan", "0.01"),
    ],
)
def test_amounts_in_yuan_to_the_fen(parts, unit, expected):
    assert amount_in(parts, unit) == expected


@pytest.mark.parametrize(
    ("parts", "unit"),
    [
        (["19411.5"], "fen"),
        (["0.0000001"], "wan"),
        (["1.005", "0"], "yuan"),
        (["一百", "0"], "yuan"),
    ],
)
def test_what_does_not_fit_its_unit_is_read_in_none(parts, unit):
    with pytest.raises(RowFault) as told:
        read_amount(amount_in(parts, unit), "剩余本金")
    assert told.value.code == "amount"


def test_a_negative_part_is_told_whatever_the_sum_comes_to():
    with pytest.raises(RowFault) as told:
        read_amount(amount_in(["100.00", "-0.01"], "yuan"), "剩余本金")
    assert told.value.code == "negative"


@pytest.mark.parametrize(
    ("text", "unit", "basis", "expected"),
    [
        ("18.25", "percent", 360, "18.25"),
        ("18.2500%", "percent", 360, "18.2500%"),
        ("0.1825", "fraction", 360, "18.25"),
        ("18.25%", "fraction", 360, "18.25"),  # a sign says what it is
        ("5", "wan_a_day", 360, "18"),
        ("5", "wan_a_day", 365, "18.25"),
        ("1.5", "percent_a_month", 360, "18"),
        ("0", "fraction", 360, "0"),
        ("100%", "fraction", 360, "100"),
    ],
)
def test_rates_in_percent_a_year(text, unit, basis, expected):
    assert percent_in(text, unit, basis=basis) == expected


@pytest.mark.parametrize("text", ["0.18251234", "高", ""])
def test_a_rate_finer_than_four_decimals_is_refused(text):
    with pytest.raises(RowFault) as told:
        read_percent(percent_in(text, "fraction", basis=360), "年利率(%)")
    assert told.value.code == "rate"


@pytest.mark.parametrize(
    ("penal", "annual", "expected"),
    [
        ("27.375", "18.25", "50.0000"),
        ("16.2", "10.8", "50.0000"),
        ("0", "0", "0"),
        ("18", "18", "0.0000"),
    ],
)
def test_how_far_a_penal_rate_lies_above(penal, annual, expected):
    assert uplift_in(penal, annual) == expected


@pytest.mark.parametrize(("penal", "annual"), [("10", "18"), ("5", "0"), ("?", "18")])
def test_a_penal_rate_below_the_annual_one_is_none(penal, annual):
    assert uplift_in(penal, annual).startswith(UNFIT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("45946", "2025-10-16"),
        ("45946.0", "2025-10-16"),
        ("2025-10-16", "2025-10-16"),
        ("20251016", "20251016"),
    ],
)
def test_days_of_a_spreadsheet(text, expected):
    assert day_of_serial(text) == expected
