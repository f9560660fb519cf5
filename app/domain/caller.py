"""Who is calling: what is asked on the phone, how an answer is read, and what several come to."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from app.domain.errors import RuleBroken
from app.domain.money import MoneyFormat, parse_yuan
from app.domain.texts import N_

Item = Literal["id_last4", "birth_on", "instalment"]
Result = Literal["right", "wrong", "unknown"]
ITEMS: tuple[Item, ...] = ("id_last4", "birth_on", "instalment")
RIGHT_TO_PASS = 2
WRONG_TO_STOP = 3
# Wrong answers of all calls within it count together, and it is how long a stop lasts.
COUNTED_HOURS = 24
COUNTED = timedelta(hours=COUNTED_HOURS)
# A call rarely takes longer, and a passed check must not open the file to the next call.
CALL_LASTS = timedelta(minutes=30)
_TAIL = re.compile(r"[0-9A-Z]{4}")
_BIRTH = re.compile(r"([12][0-9]{3})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


class AnswerShape(RuleBroken):
    """What was typed cannot be an answer to the item; it counts as none."""

    code = "answer_shape"
    message = N_("没有看懂，请按提示把听到的再打一遍")


class AnswerGiven(NamedTuple):
    """One answer in a check: which item, and what became of it."""

    item: str
    result: str


def read_answer(item: Item, text: str) -> str:
    """Return what was heard in the one form answers are compared in.

    Raises: AnswerShape.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if item == "id_last4" and _TAIL.fullmatch(plain):
        return plain
    if item == "birth_on" and (found := _birth(plain)):
        return found
    if item == "instalment":
        try:
            return str(parse_yuan(plain))
        except MoneyFormat:
            pass
    raise AnswerShape


def _birth(plain: str) -> str:
    if plain.isdecimal() and len(plain) != len("YYYYMMDD"):
        return ""  # 1990111 may be two days; who types it is asked once more
    found = _BIRTH.fullmatch(plain)
    return f"{found[1]}{int(found[2]):02d}{int(found[3]):02d}" if found else ""


def next_item(known: Collection[str], given: Sequence[AnswerGiven]) -> Item | None:
    """Return what to ask next of what the file knows: nothing twice that was answered, what nobody
    could say again only after the others; None where a pass is out of reach or reached.
    """
    results = {one.item: one.result for one in given}
    if has_passed(results):
        return None
    left = [one for one in ITEMS if one in known and results.get(one, "unknown") == "unknown"]
    right = sum(result == "right" for result in results.values())
    if right + len(left) < RIGHT_TO_PASS:
        return None
    # What was not asked yet comes first, then what was passed over longest ago.
    last_asked = {row.item: place for place, row in enumerate(given)}
    return min(left, key=lambda one: last_asked.get(one, -1))


def has_passed(results: Mapping[str, str]) -> bool:
    """Tell whether enough items were answered rightly."""
    return sum(result == "right" for result in results.values()) >= RIGHT_TO_PASS
