"""Who is calling: how answers are read, what is asked next, when it is enough."""

import pytest

from app.domain.caller import (
    ITEMS,
    RIGHT_TO_PASS,
    AnswerGiven,
    AnswerShape,
    has_passed,
    next_item,
    read_answer,
)

TAIL, BIRTH, INSTALMENT = ITEMS


@pytest.mark.parametrize(
    ("item", "heard", "read"),
    [
        (TAIL, "0965", "0965"),
        (TAIL, " 096x ", "096X"),
        (TAIL, "０９６Ｘ", "096X"),
        (BIRTH, "19890114", "19890114"),
        (BIRTH, "1989-1-14", "19890114"),
        (BIRTH, "1989 年 1 月 14 日", "19890114"),
        (BIRTH, "１９８９．０１．１４", "19890114"),
        (INSTALMENT, "585.51", "58551"),
        (INSTALMENT, "1,257.09", "125709"),
        (INSTALMENT, "1257元", "125700"),
    ],
)
def test_what_was_heard_is_read_in_one_form(item, heard, read):
    assert read_answer(item, heard) == read


@pytest.mark.parametrize(
    ("item", "heard"),
    [
        (TAIL, ""),
        (TAIL, "965"),
        (TAIL, "王965"),
        (TAIL, "10965"),
        (BIRTH, "1989114"),
        (BIRTH, "890114"),
        (BIRTH, "正月十四"),
        (INSTALMENT, "五百多"),
        (INSTALMENT, "-5"),
    ],
)
def test_what_cannot_be_an_answer_costs_no_try(item, heard):
    with pytest.raises(AnswerShape):
        read_answer(item, heard)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ([], TAIL),
        ([(TAIL, "right")], BIRTH),
        # What was wrong is not asked again.
        ([(TAIL, "wrong")], BIRTH),
        ([(TAIL, "right"), (BIRTH, "wrong")], INSTALMENT),
        # Two right are enough, two wrong leave no way.
        ([(TAIL, "right"), (BIRTH, "right")], None),
        ([(TAIL, "wrong"), (BIRTH, "right"), (INSTALMENT, "right")], None),
        ([(TAIL, "wrong"), (BIRTH, "wrong")], None),
        ([(TAIL, "wrong"), (BIRTH, "right"), (INSTALMENT, "wrong")], None),
        # What was passed over comes again after the others, the longest ago first.
        ([(TAIL, "unknown")], BIRTH),
        ([(TAIL, "unknown"), (BIRTH, "right"), (INSTALMENT, "unknown")], TAIL),
        (
            [(TAIL, "unknown"), (BIRTH, "right"), (INSTALMENT, "unknown"), (TAIL, "unknown")],
            INSTALMENT,
        ),
        ([(TAIL, "unknown"), (BIRTH, "wrong"), (INSTALMENT, "right")], TAIL),
    ],
)
def test_what_is_asked_next(given, asked):
    assert next_item(ITEMS, [AnswerGiven(*one) for one in given]) == asked


def test_of_two_known_items_both_must_be_right():
    known = {TAIL, BIRTH}
    assert next_item(known, [AnswerGiven(TAIL, "right")]) == BIRTH
    assert next_item(known, [AnswerGiven(TAIL, "wrong")]) is None


def test_no_single_item_is_enough():
    assert RIGHT_TO_PASS == 2
    assert not has_passed({TAIL: "right", BIRTH: "unknown", INSTALMENT: "wrong"})
