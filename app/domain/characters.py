"""One reading of characters for files, forms and searches: what nobody sees, full width, blanks,
private use.
"""

import re

# What stands for bytes that could not be read.
DAMAGED = "\ufffd"
# Category Cf, and what other categories hide: fillers, joiners and selectors without a shape.
_FORMAT = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Control characters, separators of lines that are none, halves of characters, and what is none.
_CONTROL = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_UNSEEN = re.compile(f"[{_FORMAT}]")
_REFUSED = re.compile(f"[{_FORMAT}{_CONTROL}{DAMAGED}]")
_REFUSED_IN_WORDS = re.compile(f"[{_FORMAT}\\x00-\\x08\\x0b\\x0c\\x0e-{_CONTROL[2:]}{DAMAGED}]")
# A selector or joiner that belongs to a picture is a part of it.
_PICTURE = re.compile("\ufe0f|(?<=[\u2190-\u3299\ufe0f\U0001f000-\U0001faff])\u200d")
# Only the forms that are wider and nothing else: Unicode folding would make a digit of a
# superscript (ADR 0036).
_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)} | {ord("￥"): "¥"}
# Every blank that Unicode knows, and none of the control characters that count as one in Python.
BLANKS = (
    " \t\r\n\x0b\x0c\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000"
)
_BLANKS = re.compile(f"[{BLANKS}\\x1c-\\x1f\\x85\\u2028\\u2029]+")
_DASHES = re.compile("[-\u2010-\u2015\u2212]")
_COUNTRY = re.compile(r"\(?(?:\+|00)?86\)?(?=1[0-9]{10}\Z)")

# GBK and GB 18030-2000 had no place in Unicode for these and put them at U+E815 and after, in the
# order of the bytes FE50 to FEA0; GB 18030-2022 and Unicode give each its own.
_EXTENSION = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹"
    "䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
# Punctuation of vertical writing, letters and signs of how a character is built, likewise.
_SIGNS = (
    (0xE78D, "︐︒︑︓︔︕︖︗︘︙"),
    (0xE7C7, "ḿǹ"),
    (0xE7E7, "〾⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻"),
    (0xE815, _EXTENSION),
)
_PRIVATE = re.compile("[\ue78d-\ue864]")
STANDARD = {
    first + place: one for first, characters in _SIGNS for place, one in enumerate(characters)
}


def is_legible(text: str) -> bool:
    """Tell whether a name or number holds neither damage nor control, bidirectional or invisible
    characters.
    """
    return _REFUSED.search(text) is None


def are_legible_words(text: str) -> bool:
    """Tell so of words, which may have lines, tabs and pictures."""
    return (
        _REFUSED_IN_WORDS.search(text) is None
        or _REFUSED_IN_WORDS.search(_PICTURE.sub("", text)) is None
    )


def visible(text: str) -> str:
    """Return text without the characters nobody sees and without control characters."""
    return _REFUSED.sub("", text)


def standard(text: str) -> str:
    """Return text with the private-use code points of GB 18030 as the characters they are."""
    if text.isascii():
        return text
    return text.translate(STANDARD) if _PRIVATE.search(text) else text


def plain_words(text: str) -> str:
    """Return what was typed or pasted in half width, without what nobody sees or blanks around."""
    seen = _UNSEEN.sub("", text).translate(_FULL_WIDTH)
    return _BLANKS.sub(" ", seen).strip()


def plain_number(text: str) -> str:
    """Return a number of any kind as plain_words does, and without any blank in it."""
    return _BLANKS.sub("", _UNSEEN.sub("", text)).translate(_FULL_WIDTH)


def bare_number(text: str) -> str:
    """Return a code or number as plain_number does, and without dashes."""
    return _DASHES.sub("", plain_number(text))


def mobile_digits(text: str) -> str:
    """Return a mobile without country code, blanks and dashes; what is none comes back as it is."""
    return _COUNTRY.sub("", bare_number(text), count=1)
