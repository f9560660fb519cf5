"""Papers a person is known by, each one text, sealed and hashed so: an identity card its number
alone, any other its kind, a colon and its number; equal numbers of two kinds are two people.
"""

import re
from collections.abc import Iterator
from datetime import date
from operator import mul
from typing import Literal

from app.domain.masks import masked_id
from app.domain.texts import N_

IdKind = Literal[
    "id_card",
    "passport",
    "hk_macau_permit",
    "taiwan_permit",
    "permanent_residence",
    "residence_permit",
]
# GB 11643: weights of the seventeen digits, and the check character by the remainder of eleven.
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
_OF_ZEROS = ord("0") * sum(ID_WEIGHTS)
LABELS: dict[IdKind, str] = {
    "id_card": N_("身份证"),
    "passport": N_("护照"),
    "hk_macau_permit": N_("港澳居民来往内地通行证"),
    "taiwan_permit": N_("台湾居民来往大陆通行证"),
    "permanent_residence": N_("外国人永久居留身份证"),
    "residence_permit": N_("居住证"),
}
# As core systems call them.
_OTHER_NAMES: dict[IdKind, tuple[str, ...]] = {
    "id_card": ("居民身份证", "二代身份证", "第二代居民身份证", "中华人民共和国居民身份证"),
    "passport": ("中国护照", "外国护照", "普通护照", "因私护照"),
    "hk_macau_permit": ("港澳居民通行证", "港澳通行证", "回乡证"),
    "taiwan_permit": ("台湾居民通行证", "台湾通行证", "台胞证"),
    "permanent_residence": ("外国人永久居留证", "外国人居留证", "永久居留证"),
    "residence_permit": ("港澳台居民居住证", "港澳居民居住证", "台湾居民居住证"),
}
KINDS: dict[str, IdKind] = {
    name: kind for kind in LABELS for name in (LABELS[kind], *_OTHER_NAMES[kind])
}
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FORMS: dict[IdKind, re.Pattern[str]] = {
    # Of any country: nine characters at most, and never letters alone, as a name is.
    "passport": re.compile(r"(?=[A-Z]*[0-9])[A-Z0-9]{6,9}"),
    # The two digits that older ones bear behind count how often it was issued, not who it is.
    "hk_macau_permit": re.compile(r"([HM][0-9]{8})(?:[0-9]{2})?"),
    # Older ones bear two digits and a letter, in brackets or not.
    "taiwan_permit": re.compile(r"([0-9]{8})|([0-9]{10})(?:\(?[A-Z]\)?)?"),
    # The old form says in letters which country; the new one is as an identity card, from 9.
    "permanent_residence": re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
    "residence_permit": re.compile(r"8[123]0000[0-9]{11}[0-9X]"),
}
# Nobody alive was born before; a number from then is as wrong as one from the future.
FIRST_BIRTH = date(1900, 1, 1)
BIRTH = slice(6, 14)


def check_digit(id_number: str) -> str:
    """Return the check character of an ID number's first 17 digits."""
    # Of the characters' codes, which are larger than the digits by a constant.
    return ID_CHECKS[(sum(map(mul, ID_WEIGHTS, id_number.encode())) - _OF_ZEROS) % 11]


def paper(kind: IdKind, number: str, *, as_of: date) -> str | None:
    """Return the one text of a paper, whose number is in capitals without blanks; None where it is
    not written as papers of its kind are. Eighteen characters are held against their check
    character and a birth from 1900 to `as_of`; the region is not checked: divisions are renamed and
    abolished, and old numbers stay valid.

    Source: contract, the nightly file.
    """
    if kind == "id_card":
        return number if _EIGHTEEN.fullmatch(number) and _is_sound(number, as_of) else None
    found = _FORMS[kind].fullmatch(number)
    if found is None or (_EIGHTEEN.fullmatch(number) and not _is_sound(number, as_of)):
        return None
    return f"{kind}:{next((one for one in found.groups() if one), number)}"


def papers_of(number: str, *, as_of: date) -> Iterator[str]:
    """Yield every paper that a number may be of, for whoever looks for a person by it."""
    for kind in LABELS:
        if (found := paper(kind, number, as_of=as_of)) is not None:
            yield found


def birth_in(text: str) -> str:
    """Return the date of birth that a paper's number tells, as YYYYMMDD; empty where it tells
    none.
    """
    number = _parted(text)[1]
    return number[BIRTH] if _EIGHTEEN.fullmatch(number) else ""


def masked_paper(text: str) -> str:
    """Return a paper as pages may show it: of an identity card the masked number, of others their
    kind before it.

    Source: I-16.
    """
    kind, number = _parted(text)
    return masked_id(number) if kind == "id_card" else f"{LABELS[kind]} {masked_id(number)}"


def _parted(text: str) -> tuple[IdKind, str]:
    told, colon, number = text.partition(":")
    kind = next((one for one in LABELS if one == told), None)
    return (kind, number) if colon and kind else ("id_card", text)


def _is_sound(number: str, as_of: date) -> bool:
    if number[17] != check_digit(number):
        return False
    try:
        born = date.fromisoformat(number[BIRTH])
    except ValueError:
        return False
    return FIRST_BIRTH <= born <= as_of
