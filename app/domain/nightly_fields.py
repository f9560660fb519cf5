"""Reading the single cells of a nightly file as core systems and spreadsheets write them."""

import re
from datetime import date
from functools import lru_cache

from app.domain.characters import (
    BLANKS,
    DAMAGED,
    are_legible_words,
    is_legible,
    mobile_digits,
    plain_number,
    standard,
)
from app.domain.id_papers import KINDS as ID_KINDS
from app.domain.id_papers import IdKind, paper
from app.domain.loan import METHODS_BY_NAME, Method
from app.domain.money import PPM
from app.domain.texts import N_

PERCENT_PPM = PPM // 100
# Far above any lawful rate: a value beyond is a column out of place, and not a dear loan.
MAX_PERCENT = 50
MAX_PERIODS = 600
YEARS = range(1900, 2200)  # 600 months after such a day are still in the calendar

# What other systems make of a value is read where it can only mean one thing: zeros behind the fen,
# a whole number with .0, midnight behind a date. Digits that would have to be guessed are not.
_AMOUNT = re.compile(
    r"(-)?¥?(?=\.?[0-9])([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})?(?:\.([0-9]{0,2})0*)?"
)
# How nearly all of them are written.
_FEN = re.compile(r"[0-9]{1,12}\.[0-9]{2}")
_ZERO = re.compile(r"0(?:\.0+)?[eE][-+]?[0-9]{1,3}")
_MIDNIGHT = re.compile(r"(?:[T ]?0?0:00(?::00(?:\.0+)?)?)?")
_DASHED = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})")
_SPELLED = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")
_TOGETHER = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0)?")
_PERCENT = re.compile(r"(?=\.?[0-9])([0-9]{1,3})?(?:\.([0-9]{0,4})0*)?%?")
_WHOLE = re.compile(r"([0-9]{1,4})(?:\.0*)?")
# What a spreadsheet makes of eighteen digits; the last ones are lost, so the row cannot be mended
# here.
_SCIENTIFIC = re.compile(r"[0-9]+(?:\.[0-9]*)?[eE]\+?[0-9]+")
# So of our own numbers: a sign there is, or they may be numbers with an E in them.
_SCIENTIFIC_NUMBER = re.compile(r"[0-9](?:\.[0-9]*)?[eE]\+[0-9]+")
_MOBILE = re.compile(r"(1[3-9][0-9]{9})(?:\.0)?")
_NOTHING = re.compile(r"[-—–]+")
# What databases and spreadsheets hold for no date.
NO_DAYS = (date(1900, 1, 1), date(1899, 12, 30))
_METHOD_ENDS = ("还款法", "还款方式", "还款", "法")

MESSAGES = {  # by code, or by what is wrong where one code covers several things
    "required": N_("这一格是空的，请补上后重新提供这一行"),
    "text": N_("这一格太长、读不出来或含有看不见的字符，请清理后重新提供这一行"),
    "damaged": N_("这一格有读不出来的字，或和文件不是一种编码，请重新导出这一行"),
    "quote": N_("这一行的引号没有成对，看不出格子到哪里为止，请检查备注里的引号"),
    "long_line": N_("这一行太长，不像是一笔借款，请核对后重新导出"),
    "columns": N_("这一行的格数和表头不一样，请检查金额里的逗号有没有加引号"),
    "missing_ref": N_("借据号是空的，请补上后重新提供这一行"),
    "duplicate_ref": N_("这个借据号前面已经有一行，请核对后只留一行"),
    "customer_conflict": N_("同一个客户编号对应两个证件号码，请核对哪一个是对的"),
    "id_type": N_(
        "证件类型要是身份证、护照、来往内地（大陆）通行证、外国人永久居留身份证或居住证，请核对"
    ),
    "sci": N_("号码变成了科学计数法，请把这一列设为文本后重新导出"),
    "id_checksum": N_("证件号码的校验位或出生日期不对，请对照证件核对"),
    "id_form": N_("证件号码和证件类型的写法对不上，请对照证件核对"),
    "mobile": N_("手机号码不是 11 位的大陆手机号，请核对"),
    "method": N_("还款方式只能是等额本息、等额本金或先息后本，请核对"),
    "date": N_("日期要真实存在，写成 2026-11-20、2026/11/20 或 20261120，请核对"),
    "later_than_file": N_("放款日期晚于文件的数据日期，请核对"),
    "not_after_start": N_("到期日期要晚于放款日期，请核对"),
    "maturity": N_("到期日期和放款日期、总期数、还款日推出来的最后一期不一样，请核对哪一个是对的"),
    "other_date": N_("这一行的数据日期和整个文件的不一样，一个文件只能是一天的数据，请核对"),
    "amount": N_("金额要写成数字，最多两位小数，例如 1,300.50，请核对"),
    "nothing_lent": N_("放款金额要大于 0，请核对"),
    "negative": N_("金额不能是负数，-0.00 也不行，请核对"),
    "rate": N_("比例要在 0 到 %(most)s 之间，最多四位小数，例如 18.25，请核对")
    % {"most": MAX_PERCENT},
    "basis": N_("计息基准只能是 360 或 365，请核对"),
    "number": N_("这里要写合理的整数，请核对"),
    "total": N_("逾期本金比剩余本金多，请核对"),
    "dpd": N_("逾期起始日、逾期天数和数据日期对不上，请核对"),
    "not_overdue": N_("有逾期本金，却没有逾期起始日和逾期天数，请核对"),
}


class RowFault(Exception):
    """What is wrong with one row: field is the column, code is stable, the message says what to
    do.
    """

    def __init__(self, field: str, code: str, message: str = "") -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code
        self.message = message or MESSAGES[code]


def clean(text: str) -> str:
    """Return a cell without the blanks around it, and without the ="…" that keeps digits as
    text.
    """
    plain = text.strip(BLANKS)
    # Read off here, so that a number is found under the same letters wherever it is asked for.
    if plain.startswith('="') and plain.endswith('"') and plain.count('"') == len('""'):
        return plain[2:-1].strip(BLANKS)
    return plain


def clean_words(text: str) -> str:
    """Return a remark without the blanks around it; whatever it begins with is text."""
    return text.strip(BLANKS)


def read_text(text: str, field: str, longest: int) -> str:
    """Return a required text; private-use code points of the standard as what they are.

    Raises: RowFault required, text.
    """
    if not text:
        raise RowFault(field, "required")
    if text.isascii() and text.isprintable() and len(text) <= longest:
        return text  # most numbers: nothing below can be said of them
    if DAMAGED in text:
        raise RowFault(field, "text", MESSAGES["damaged"])
    if len(text) > longest or not is_legible(text):
        raise RowFault(field, "text")
    return standard(text)


def read_number(text: str, field: str, longest: int) -> str:
    """Return a number of the lender's, as it is written.

    Raises: RowFault required, text, sci.
    """
    read_text(text, field, longest)
    if "+" in text and _SCIENTIFIC_NUMBER.fullmatch(text):
        raise RowFault(field, "sci")
    return text


def read_words(text: str, field: str, longest: int) -> str:
    """Return a remark: text in lines, which may be empty.

    Raises: RowFault text.
    """
    if DAMAGED in text:
        raise RowFault(field, "text", MESSAGES["damaged"])
    if len(text) > longest or not are_legible_words(text):
        raise RowFault(field, "text")
    return standard(text)


def sound(text: str, field: str) -> str:
    """Return a cell in half width without what nobody sees, and without blanks.

    Raises: RowFault text where it is damaged.
    """
    if text.isascii():
        return text.replace(" ", "") if " " in text else text
    if DAMAGED in text:
        raise RowFault(field, "text", MESSAGES["damaged"])
    return plain_number(text)


def read_paper(kind_cell: str, number_cell: str, fields: tuple[str, str], *, as_of: date) -> str:
    """Return the paper of a person as one text, by the cells of its kind and of its number, whose
    columns `fields` names.

    Raises: RowFault text, id_type, sci, id_checksum, the first in this order.
    Source: contract, the nightly file.
    """
    kind = read_id_kind(kind_cell, fields[0])
    return read_id_number(kind, number_cell, fields[1], as_of=as_of)


def read_id_kind(text: str, field: str) -> IdKind:
    """Return which kind of paper a cell names.

    Raises: RowFault text, id_type.
    """
    kind = ID_KINDS.get(text) or ID_KINDS.get(sound(text, field))
    if kind is None:
        raise RowFault(field, "id_type")
    return kind


def read_id_number(kind: IdKind, text: str, field: str, *, as_of: date) -> str:
    """Return a paper as one text.

    Raises: RowFault text, sci, id_checksum.
    """
    if (found := paper(kind, text, as_of=as_of)) is not None:
        return found
    if not is_legible(text):
        raise RowFault(field, "text")
    # The apostrophe is how spreadsheets keep digits as text.
    plain = sound(text, field).removeprefix("'").upper()
    if (found := paper(kind, plain, as_of=as_of)) is not None:
        return found
    if _SCIENTIFIC.fullmatch(plain):
        raise RowFault(field, "sci")
    words = MESSAGES["id_checksum" if kind == "id_card" else "id_form"]
    raise RowFault(field, "id_checksum", words)


def read_mobile(text: str, field: str) -> str:
    """Return a mainland mobile number of 11 digits.

    Raises: RowFault text, mobile.
    """
    found = _MOBILE.fullmatch(text) or _MOBILE.fullmatch(
        mobile_digits(sound(text, field).removeprefix("'").removesuffix(".0"))
    )
    if found is None:
        raise RowFault(field, "mobile")
    return found.group(1)


@lru_cache(maxsize=256)
def read_method(text: str, field: str) -> Method:
    """Return the method that a name means, with or without the word for method behind it.

    Raises: RowFault text, method.
    """
    plain = sound(text, field)
    names = (plain, *(plain.removesuffix(end) for end in _METHOD_ENDS))
    found = next((METHODS_BY_NAME[name] for name in names if name in METHODS_BY_NAME), None)
    if found is None:
        raise RowFault(field, "method")
    return found


def read_amount(text: str, field: str, *, may_be_none: bool = False) -> int:
    """Return an amount written in yuan; dashes are zero where there may be none of it.

    Units:  fen.
    Raises: RowFault text, amount, negative.
    """
    if _FEN.fullmatch(text):
        return int(text.replace(".", ""))
    plain = sound(text, field)
    if _ZERO.fullmatch(plain) or (may_be_none and _NOTHING.fullmatch(plain)):
        return 0
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise RowFault(field, "amount")
    # Also -0.00: a sign in this column means that another kind of amount got into it.
    if found.group(1):
        raise RowFault(field, "negative")
    whole, fraction = found.group(2) or "0", found.group(3) or ""
    return int(whole.replace(",", "")) * 100 + int(fraction.ljust(2, "0"))


@lru_cache(maxsize=4_096)
def read_percent(text: str, field: str) -> int:
    """Return a percentage from 0 to 50, with or without its sign.

    Units:  ppm.
    Raises: RowFault text, rate.
    """
    found = _PERCENT.fullmatch(sound(text, field))
    if found is None:
        raise RowFault(field, "rate")
    ppm = int(found.group(1) or "0") * PERCENT_PPM + int((found.group(2) or "").ljust(4, "0"))
    if ppm > MAX_PERCENT * PERCENT_PPM:
        raise RowFault(field, "rate")
    return ppm


@lru_cache(maxsize=16_384)
def read_whole(text: str, field: str, least: int, most: int, code: str = "number") -> int:
    """Return a whole number within bounds.

    Raises: RowFault text, else with the code given.
    """
    found = _WHOLE.fullmatch(sound(text, field))
    if found is None or not least <= int(found.group(1)) <= most:
        raise RowFault(field, code)
    return int(found.group(1))


def or_zero(text: str) -> str:
    """Return a number of days, 0 where the cell says that there are none."""
    return "0" if not text or _NOTHING.fullmatch(text) else text


def read_date(text: str, field: str) -> date:
    """Return a date written as 2026-11-20, 2026/11/20, 20261120 or 2026年11月20日, at midnight
    where it tells a time.

    Raises: RowFault text, date.
    """
    found = _day(text)
    if found is None:
        # Damage is told as damage: it is looked for only where there is no date.
        found = _day(sound(text, field))
    if found is None:
        raise RowFault(field, "date")
    return found


def read_day(text: str, field: str) -> date:
    """Return a date that amounts are worked out for or from.

    Raises: RowFault text, date, also for a year that can only be a slip of the hand.
    """
    found = read_date(text, field)
    # A date far off is a valid date, but months counted from it would leave the calendar.
    if found.year not in YEARS:
        raise RowFault(field, "date")
    return found


def read_maybe_date(text: str, field: str) -> date | None:
    """Return a date, or None where the cell says that there is none.

    Raises: RowFault text, date.
    """
    if not text or _NOTHING.fullmatch(text):
        return None
    found = read_date(text, field)
    return None if found in NO_DAYS else found


# A file repeats the same dates in most of its rows.
@lru_cache(maxsize=65_536)
def _day(text: str) -> date | None:
    for form in (_DASHED, _TOGETHER, _SPELLED):
        found = form.match(text)
        if found and _MIDNIGHT.fullmatch(text, found.end()):
            parts = found.groups()
            try:
                return date(int(parts[0]), int(parts[-2]), int(parts[-1]))
            except ValueError:
                return None
    return None
