"""Sums and times as channels write them: exact, or refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.payments.plain_values import (
    NotPlain,
    beijing_text,
    beijing_time,
    fee_of,
    fen_of,
    whole,
    yuan_of,
    zoned_time,
)

INSTANT = datetime(2026, 11, 28, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.01", 1),
        ("80.01", 8001),
        ("80.1", 8010),
        ("80", 8000),
        ("0.06000", 6),
        ("-0.06000", -6),
        (" 12.30\t", 1230),
        ("1.10", 110),
        ("99999999.99", 9_999_999_999),
        ("0.29", 29),  # a float makes 28 of it
        ("1.15", 115),
    ],
)
def test_yuan_become_fen(text, fen):
    assert fen_of(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        *("", ".5", "1.", "1e3", "1,000.00", "0.001", "80.015", "１.00", "NaN", "--1", "+1", "1 0"),
        *(None, 80.01, 1, True, "1.0\n0", "0x1"),
    ],
)
def test_what_is_no_sum_is_refused_and_never_rounded(text):
    with pytest.raises(NotPlain):
        fen_of(text)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("0.06000", 6), ("0.00480", 0), ("0.00500", 1), ("-0.00500", -1), ("1.2", 120), ("3", 300)],
)
def test_fees_may_have_parts_of_a_fen(text, fen):
    assert fee_of(text) == fen


@pytest.mark.parametrize("text", ["", "-", "0.60%", "1e2", "NaN", "Infinity", "1,000.00"])
def test_what_is_no_fee_is_refused(text):
    with pytest.raises(NotPlain):
        fee_of(text)


@given(st.integers(1, 10**12))
def test_fen_come_back_as_they_went(fen):
    assert fen_of(yuan_of(fen)) == fen


@pytest.mark.parametrize("fen", [0, -1])
def test_nothing_is_no_sum_to_ask_for(fen):
    with pytest.raises(NotPlain):
        yuan_of(fen)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, -1, 0])
def test_a_number_of_fen_is_a_whole_number(value):
    with pytest.raises(NotPlain):
        whole(value)


def test_times_without_a_zone_are_beijings():
    assert beijing_time("2026-11-28 10:03:04") == INSTANT
    assert beijing_text(INSTANT) == "2026-11-28 10:03:04"


def test_times_with_a_zone_are_taken_by_it():
    assert zoned_time("2026-11-28T10:03:04+08:00") == INSTANT
    assert zoned_time("2026-11-28T02:03:04Z") == INSTANT


@pytest.mark.parametrize("text", ["", None, "2026-11-28", "2026-13-01 00:00:00", 20261128])
def test_what_is_no_time_is_refused(text):
    for read in (beijing_time, zoned_time):
        with pytest.raises(NotPlain):
            read(text)
