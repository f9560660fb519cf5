"""Money: rounding, what people type, and how amounts are written."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import (
    MoneyFormat,
    capital_rmb,
    div_half_up,
    figure,
    parse_yuan,
    percent,
    plain_percent,
    yuan,
)

GOOD = {
    "1300": 130_000,
    "１００": 10_000,
    "1,000": 100_000,
    "¥100.5": 10_050,
    "￥100.50": 10_050,
    "100元": 10_000,
    " 1300 ": 130_000,
    "1 300": 130_000,
    "1\u3000300 元": 130_000,
    "１，３００．５０": 130_050,
    "0": 0,
    "0.01": 1,
    "0.1": 10,
    "00100": 10_000,
    "999999999.99": 99_999_999_999,
    "12,345,678.90": 1_234_567_890,
    "¥ 1,234.56 元": 123_456,
    "100.00": 10_000,
    "１００ 元": 10_000,
    "100元\n": 10_000,
    "1万": 1_000_000,
    "1.5万": 1_500_000,
    "1.5 万元": 1_500_000,
    "２千": 200_000,
    "¥3万": 3_000_000,
    "１００万": 100_000_000,
    "0.5千": 50_000,
    "1.2345万": 1_234_500,
    "1.234567万": 1_234_567,
    "\u200b1300\ufeff": 130_000,  # pasted with what nobody sees
}
BAD = (
    "",
    "  ",
    "一百",
    "-5",
    "−5",
    "100.555",
    "1,5",
    "12.3.4",
    "1e3",
    "1234567890",
    "100美元",
    "1万5",
    "1,5万",
    "万",
    "1.2345678万",
    "-1万",
    "一万",
    "100000万",
    "5.",
    "٣٠",
    "¥¥5",
    "10²",
    "1300①",
    "½",
)


@pytest.mark.parametrize(("typed", "fen"), GOOD.items())
def test_amounts_are_read_as_people_type_them(typed, fen):
    assert parse_yuan(typed) == fen


@pytest.mark.parametrize("typed", BAD)
def test_what_is_not_an_amount_is_answered_with_what_to_do(typed):
    with pytest.raises(MoneyFormat) as refused:
        parse_yuan(typed)
    assert refused.value.code == "money_format"
    assert re.search("请", refused.value.message) or "最多" in refused.value.message


def test_a_fault_that_is_understood_gets_its_own_advice():
    advice = {}
    for typed in ("", "-5", "100.555", "1234567890", "abc"):
        with pytest.raises(MoneyFormat) as refused:
            parse_yuan(typed)
        advice[typed] = refused.value.message
    assert len(set(advice.values())) == 5


@given(st.integers(0, 99_999_999_999))
def test_what_is_written_is_read_back(fen):
    assert parse_yuan(yuan(fen)) == parse_yuan(figure(fen)) == fen


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_division_rounds_half_up_on_the_exact_value(n, d):
    away = 1 if n >= 0 else -1
    nearest = div_half_up(n, d)
    distance = Fraction(n, d) - nearest
    assert abs(distance) <= Fraction(1, 2)
    assert distance * away != Fraction(1, 2)


@pytest.mark.parametrize(
    ("n", "d", "rounded"), [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (0, 7, 0), (1, 2, 1), (499, 1000, 0)]
)
def test_halves_go_up(n, d, rounded):
    assert div_half_up(n, d) == rounded


@pytest.mark.parametrize("d", [0, -1])
def test_a_divisor_is_above_zero(d):
    with pytest.raises(ValueError, match="divisor"):
        div_half_up(1, d)


@pytest.mark.parametrize(
    ("fen", "written"),
    [(0, "¥0.00"), (5, "¥0.05"), (123_456, "¥1,234.56"), (-100_000, "−¥1,000.00")],
)
def test_yuan(fen, written):
    assert yuan(fen) == written


def test_figures_below_zero_carry_a_sign():
    assert figure(-123_456) == "−1,234.56"


@pytest.mark.parametrize(
    ("ppm", "places", "written"),
    [
        (182_500, 2, "18.25%"),
        (156_000, 2, "15.60%"),
        (182_550, 2, "18.26%"),
        (182_555, 4, "18.2555%"),
        (240_000, 0, "24%"),
        (5_000, 0, "1%"),
        (0, 2, "0.00%"),
        (-12_345, 2, "−1.23%"),
    ],
)
def test_percent(ppm, places, written):
    assert percent(ppm, places) == written


@pytest.mark.parametrize(
    ("ppm", "written"),
    [(500_000, "50%"), (485_000, "48.5%"), (1_000_000, "100%"), (123_456, "12.3456%"), (0, "0%")],
)
def test_a_share_as_people_say_it(ppm, written):
    assert plain_percent(ppm) == written


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (100, "壹元整"),
        (1_000, "壹拾元整"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (1_234_560, "壹万贰仟叁佰肆拾伍元陆角整"),
        (10_700_053, "壹拾万零柒仟元伍角叁分"),
        (10_050_000, "壹拾万零伍佰元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (10_000_500_000, "壹亿零伍仟元整"),
        (100_000_000_000, "壹拾亿元整"),
        (1_000_000_00, "壹佰万元整"),
        (99_999_999_999_999, "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_formal_capitals(fen, written):
    assert capital_rmb(fen) == "人民币" + written


@pytest.mark.parametrize("fen", [-1, 10**14])
def test_capitals_have_a_range(fen):
    with pytest.raises(ValueError, match="capitals"):
        capital_rmb(fen)


@given(st.integers(0, 10**14 - 1))
def test_capitals_tell_amounts_apart(fen):
    assert _read(capital_rmb(fen)) == fen


def _read(text):
    digits = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
    places = {"拾": 10, "佰": 100, "仟": 1_000}
    total = group = digit = 0
    for sign in text.removeprefix("人民币").removesuffix("整"):
        if sign in digits:
            digit = digits[sign]
        elif sign in places:
            group, digit = group + digit * places[sign], 0
        elif sign in "亿万元":
            scale = {"亿": 10**10, "万": 10**6, "元": 100}[sign]
            total, group, digit = total + (group + digit) * scale, 0, 0
        else:
            total, digit = total + digit * {"角": 10, "分": 1}[sign], 0
    return total
