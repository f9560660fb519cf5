"""What nobody sees, full width, blanks and private use, one reading for files, forms and search."""

import sys
import unicodedata

import pytest

from app.domain.characters import (
    STANDARD,
    are_legible_words,
    bare_number,
    is_legible,
    mobile_digits,
    plain_number,
    plain_words,
    standard,
    visible,
)

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_every_character_of_a_hidden_category_is_refused_and_dropped():
    hidden = [one for one in EVERY if unicodedata.category(one) in HIDDEN]
    assert not [one for one in hidden if is_legible(one)]
    assert visible("a".join(hidden)) == "a" * (len(hidden) - 1)


def test_letters_numbers_and_blanks_are_not_refused_but_for_fillers():
    seen = [one for one in EVERY if unicodedata.category(one)[0] in "LNPSZM"]
    refused = {one for one in seen if not is_legible(one)}
    names = {
        unicodedata.name(one).split("-")[0]
        for one in refused
        if unicodedata.category(one) not in HIDDEN
    }
    assert {name for name in names if not name.startswith(("VARIATION", "MONGOLIAN"))} == {
        "COMBINING GRAPHEME JOINER",
        "HANGUL CHOSEONG FILLER",
        "HANGUL JUNGSEONG FILLER",
        "HANGUL FILLER",
        "HALFWIDTH HANGUL FILLER",
        "KHMER VOWEL INHERENT AQ",
        "KHMER VOWEL INHERENT AA",
        "BRAILLE PATTERN BLANK",
        "REPLACEMENT CHARACTER",
    }


def test_words_may_have_lines_and_pictures_and_nothing_hidden():
    assert all(map(are_legible_words, ("", "a\r\n\tb", "☎️", "👨\u200d👩\u200d👧", "1\ufe0f\u20e3")))
    hidden = ("a\u200db", "a\x0b", "\x85", "\u2028", "\u202e", "\0", "\ufffd", "a\ufe0e")
    assert not any(map(are_legible_words, hidden))


def test_the_private_code_points_are_those_of_the_encodings_own_table():
    trails = [one for one in range(0x50, 0xA1) if one != 0x7F]
    for code, trail in zip(range(0xE815, 0xE865), trails, strict=True):
        read = bytes([0xFE, trail]).decode("gb18030")
        # Where the codec still has the private one, Unicode has given it a place since.
        assert (ord(read) == code and 0xE000 <= code <= 0xF8FF) or STANDARD[code] == read
    assert standard("龙\ue863\ue81e") == "龙䶮龴"
    # The ten of vertical writing and the eight hanzi that changed in 2022, and six that did not.
    changed = {0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864}
    assert [STANDARD[one] for one in sorted(changed)] == list("龴龵龶龷龸龹龺龻")
    assert "".join(STANDARD[0xE78D + place] for place in range(10)) == "︐︒︑︓︔︕︖︗︘︙"
    assert [STANDARD[one] for one in (0xE816, 0xE817, 0xE818, 0xE831, 0xE83B, 0xE855)] == list(
        "𠂇𠂉𠃌𡗗𢦏𤇾"
    )


def test_other_private_code_points_stay():
    assert standard("\ue000\uf8ff") == "\ue000\uf8ff"


@pytest.mark.parametrize(
    "text",
    [
        "19000430008",
        "\u202d190 0043 0008\u202c",
        "\u2066190-0043-0008\u2069",
        "\ufeff190\u200b00430008",
        "１９０００４３０００８",
        "+86 190 0043 0008",
        "0086-190-0043-0008",
        "8619000430008",
        "＋８６\u3000190\xa00043\u20090008",
        "(+86)19000430008",
        "190\u201100430008",
    ],
)
def test_a_mobile_is_the_same_however_it_was_copied(text):
    assert mobile_digits(text) == "19000430008"


@pytest.mark.parametrize("text", ["86190004300", "8519000430008", "19000430008869", "+8612345"])
def test_what_is_no_mobile_with_a_country_code_keeps_its_digits(text):
    assert mobile_digits(text).lstrip("+") == text.lstrip("+")


def test_numbers_and_words_are_plain():
    assert plain_number(" Ａ１\u200b - 2\t") == "A1-2"
    assert bare_number("12—34 56") == "123456"
    assert plain_words("\ufeff 王\u3000 小明\u200b ") == "王 小明"
    # Never a digit out of what is none.
    assert plain_number("10²①") == "10²①"
