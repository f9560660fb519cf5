"""The reference of a plan: its check digit, how it is found in what people write, what a slip of a
hand makes of it.
"""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.domain.references import (
    LONGEST,
    check_digit,
    near_numbers,
    read_references,
    reference_digits,
    reference_of,
    rival_numbers,
    said_aloud,
    spoken_reference,
    without_references,
)

NUMBERS = st.integers(1, 999_999_999).map(lambda number: f"AH-{number:05d}")


def _read(text):
    return [(one.number, one.form) for one in read_references(text).right]


def _whole(text):
    return [number for number, form in _read(text) if form == "whole"]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("00318", "6"), ("00000", "0"), ("00001", "8"), ("7992739871", "3"), ("424242424242424", "2")],
)
def test_the_check_digit_is_luhns(digits, expected):
    assert check_digit(digits) == expected


@pytest.mark.parametrize(
    ("number", "expected", "spoken"),
    [
        ("AH-00318", "AH-00318-6", "A H，零零三一八，六"),
        ("AH-00001", "AH-00001-8", "A H，零零零零一，八"),
        ("AH-99999", "AH-99999-5", "A H，九九九九九，五"),
        ("AH-123456", "AH-123456-6", "A H，一二三四五六，六"),
        ("AH-1234567", "AH-1234567-4", "A H，一二三四五六七，四"),
        ("AH-12345678", "AH123456782", "A H，一二三四五六七八，二"),
        ("AH-123456789", "AH1234567897", "A H，一二三四五六七八九，七"),
    ],
)
def test_a_plan_has_a_reference_that_grows_with_its_number(number, expected, spoken):
    assert reference_of(number) == expected
    assert spoken_reference(number) == spoken


@pytest.mark.parametrize(
    "number",
    ["", "318", "AH-318", "AH-003186", "AH-1234567890", "AH-00318-6", "ah-00318", "AH-００３１８"],
)
def test_what_is_no_number_of_a_plan_has_none(number):
    with pytest.raises(ValueError, match="no number of a plan"):
        reference_of(number)


@pytest.mark.parametrize(
    "text",
    [
        "AH-00318-6",
        "AH003186",
        "ah003186",
        "ＡＨ－００３１８－６",
        "ａｈ００３１８６",
        "A H 0 0 3 1 8 6",
        "A　H　-　00318　-　6",
        "AH\u200b-00318\u200b-6",
        "AH—00318—6",
        "AH/00318/6",
        "AH：00318.6",
        "AH(00318)6",
        "AH\t00318\xa06",
        "还款AH003186",
        "张洋AH-00318-6还款",
        "AH003186张洋11月",
        "WXAH003186",
        "2026AH003186",
        "AH-00318-6 2026",
        "AH-00318-6 11月还款",
        "AH-00318-611月",
        "AH0031861月",
        "AH00318612期",
        "AH0031862026年11月",
        "安还003186",
        "安还 00318-6",
    ],
)
def test_a_reference_is_found_however_it_is_written(text):
    assert _read(text) == [("AH-00318", "whole")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("003186", [("AH-00318", "bare")]),
        ("００３１８－６ 谢谢", [("AH-00318", "bare")]),
        ("还 00318 6", [("AH-00318", "bare")]),
        ("AH0031862026", [("AH-00318", "stuck")]),
        ("AH-00318-6 3", [("AH-00318", "stuck")]),
        ("AH-318-6", [("AH-00318", "short")]),
        ("AH3186", [("AH-00318", "short")]),
        ("AH-00318-6 AH-00240-2", [("AH-00318", "whole"), ("AH-00240", "whole")]),
        ("AH-482919-3", [("AH-48291", "stuck")]),
        ("JJ003186", []),
        ("1003186", []),
        ("LS700000071", []),
        ("AH-00318", []),
        ("AH-00000-0", []),
        ("AH", []),
        ("A-6 H", []),
        ("", []),
        ("AH" + "0" * 5_000, []),
    ],
)
def test_what_is_less_than_a_whole_reference_is_told_as_such(text, expected):
    assert _read(text) == expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("AH-00381-6", "003816"),
        ("AH-00318-1", "003181"),
        ("AH-00318", "00318"),
        ("AH-00381-6 11月", "003816"),
        ("AH-00381-611月", "003816"),
    ],
)
def test_a_wrong_check_digit_is_never_taken_but_shows_what_may_be_meant(text, wrong):
    read = read_references(text)
    assert read.wrong == (wrong,)
    assert not _whole(text)
    assert "AH-00318" in near_numbers(wrong)


def test_without_its_reference_a_payer_is_a_name():
    assert without_references("张洋ＡＨ－００３１８－６").split() == ["张洋", "-"]


@pytest.mark.parametrize(
    ("number", "rivals"),
    [
        ("AH-00318", ()),
        ("AH-00903", ("AH-00093", "AH-09003")),
        ("AH-09003", ("AH-90003", "AH-00903")),
        # Its reference may also be the whole number of a plan, its check digit left out.
        ("AH-48291", ("AH-482919",)),
    ],
)
def test_what_luhn_does_not_see_is_named(number, rivals):
    assert set(rival_numbers(number)) == set(rivals)


@given(NUMBERS)
def test_every_reference_is_read_as_its_plan(number):
    reference = reference_of(number)
    assert len(reference) <= LONGEST
    assert number in _whole(reference)
    assert number in _whole(reference.replace("-", "").lower())
    assert number in _whole(" ".join(reference))


@given(NUMBERS, st.data())
def test_an_altered_digit_is_never_a_whole_reference(number, data):
    digits = reference_digits(number)
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda one: one != digits[place]))
    wrong = digits[:place] + other + digits[place + 1 :]
    assert not _whole(f"AH-{wrong[:-1]}-{wrong[-1]}")
    assert number in near_numbers(wrong)


@given(NUMBERS, st.data())
@example("AH-00903", None)
def test_swapped_digits_are_a_whole_reference_only_of_a_rival(number, data):
    digits = reference_digits(number)
    places = [at for at in range(len(digits) - 1) if digits[at] != digits[at + 1]]
    assume(places)
    at = places[0] if data is None else data.draw(st.sampled_from(places))
    wrong = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    for read in _whole(f"AH-{wrong[:-1]}-{wrong[-1]}"):
        assert number in rival_numbers(read)
    assert number in near_numbers(wrong)


@given(st.text() | st.text("AaHh安还0123456789 -－０９ＡＨ月期年.", max_size=60))
def test_no_text_stops_the_reader(text):
    read = read_references(text)
    assert all(reference_of(one.number) for one in read.right)
    without_references(text)


@pytest.mark.parametrize("reference", ["AH-00318-6", "AH003186"])
def test_a_reference_is_read_out_however_it_is_written(reference):
    assert said_aloud(reference) == spoken_reference("AH-00318") == "A H，零零三一八，六"
