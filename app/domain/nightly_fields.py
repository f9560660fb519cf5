"""Reading the single cells of a nightly file as core systems and spreadsheets write them."""

import re
from datetime import date
from functools import lru_cache

from app.domain.money import PPM
from app.domain.texts import N_

# GB 11643: weights of the seventeen digits, and the check character by the remainder of eleven.
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
PERCENT_PPM = PPM // 100
# Far above any lawful rate: a value beyond is a column out of place, and not a dear loan.
MAX_PERCENT = 50
MAX_PERIODS = 600
YEARS = range(1900, 2200)  # 600 months after such a day are still in the calendar

# Unlike what people type, a file is read strictly: no full-width forms and no units. A core system
# that changes its writing should be noticed and not humoured.
_AMOUNT = re.compile(r"(-)?([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.([0-9]{1,2}))?")
_DASHED = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})")
_TOGETHER = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?")
_WHOLE = re.compile(r"[0-9]{1,4}")
# What a spreadsheet makes of eighteen digits; the last ones are lost, so the row cannot be mended
# here.
_SCIENTIFIC = re.compile(r"[0-9]+(?:\.[0-9]*)?[eE]\+?[0-9]+")
_ID = re.compile(r"[0-9]{17}[0-9X]")
_MOBILE = re.compile(r"(?:\+86)?(1[3-9][0-9]{9})")
_BLANKS = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

MESSAGES = {  # by code, or by what is wrong where one code covers several things
    "required": N_("这一格是空的，请补上后重新提供这一行"),
    "text": N_("这一格太长或含有看不见的控制字符，请清理后重新提供这一行"),
    "columns": N_("这一行的格数和表头不一样，请检查金额里的逗号有没有加引号"),
    "missing_ref": N_("借据号是空的，请补上后重新提供这一行"),
    "duplicate_ref": N_("这个借据号前面已经有一行，请核对后只留一行"),
    "customer_conflict": N_("同一个客户编号对应两个证件号码，请核对哪一个是对的"),
    "id_type": N_("证件类型只能是身份证，请核对"),
    "sci": N_("证件号码变成了科学计数法，请把这一列设为文本后重新导出"),
    "id_checksum": N_("证件号码的校验位或出生日期不对，请对照证件核对"),
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
    """Return a cell without the blanks around it."""
    return text.strip()


def read_text(text: str, field: str, longest: int) -> str:
    """Return a required text.

    Raises: RowFault required, text.
    """
    if not text:
        raise RowFault(field, "required")
    if len(text) > longest or _CONTROL.search(text):
        raise RowFault(field, "text")
    return text


def read_identity(text: str, field: str) -> str:
    """Return an ID number of 18 characters; the region is not checked.

    Raises: RowFault sci, id_checksum.
    """
    # The apostrophe is how spreadsheets keep digits as text.
    plain = text.removeprefix("'").strip().upper()
    if _SCIENTIFIC.fullmatch(plain):
        raise RowFault(field, "sci")
    # Regions are left alone: divisions are renamed and abolished, and old numbers stay valid.
    if not _ID.fullmatch(plain) or plain[17] != check_digit(plain) or _day(plain[6:14]) is None:
        raise RowFault(field, "id_checksum")
    return plain


def check_digit(id_number: str) -> str:
    """Return the check character of an ID number's first 17 digits."""
    return ID_CHECKS[
        sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, id_number, strict=False)) % 11
    ]


def read_mobile(text: str, field: str) -> str:
    """Return a mainland mobile number of 11 digits.

    Raises: RowFault mobile.
    """
    found = _MOBILE.fullmatch(_BLANKS.sub("", text.removeprefix("'")))
    if found is None:
        raise RowFault(field, "mobile")
    return found.group(1)


def read_amount(text: str, field: str) -> int:
    """Return an amount written in yuan.

    Units:  fen.
    Raises: RowFault amount, negative.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise RowFault(field, "amount")
    # Also -0.00: a sign in this column means that another kind of amount got into it.
    if found.group(1):
        raise RowFault(field, "negative")
    return int(found.group(2).replace(",", "")) * 100 + int((found.group(3) or "").ljust(2, "0"))


def read_percent(text: str, field: str) -> int:
    """Return a percentage from 0 to 50.

    Units:  ppm.
    Raises: RowFault rate.
    """
    found = _PERCENT.fullmatch(text)
    if found is None:
        raise RowFault(field, "rate")
    ppm = int(found.group(1)) * PERCENT_PPM + int((found.group(2) or "").ljust(4, "0"))
    if ppm > MAX_PERCENT * PERCENT_PPM:
        raise RowFault(field, "rate")
    return ppm


def read_whole(text: str, field: str, least: int, most: int, code: str = "number") -> int:
    """Return a whole number within bounds.

    Raises: RowFault with the code given.
    """
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise RowFault(field, code)
    return int(text)


def read_date(text: str, field: str) -> date:
    """Return a date written as 2026-11-20, 2026/11/20 or 20261120.

    Raises: RowFault date.
    """
    found = _day(text)
    if found is None:
        raise RowFault(field, "date")
    return found


def read_day(text: str, field: str) -> date:
    """Return a date that amounts are worked out for or from.

    Raises: RowFault date, also for a year that can only be a slip of the hand.
    """
    found = read_date(text, field)
    # A date far off is a valid date, but months counted from it would leave the calendar.
    if found.year not in YEARS:
        raise RowFault(field, "date")
    return found


# A file repeats the same dates in most of its rows.
@lru_cache(maxsize=65_536)
def _day(text: str) -> date | None:
    dashed = _DASHED.fullmatch(text)
    if dashed:
        year, _, month, day = dashed.groups()
    else:
        together = _TOGETHER.fullmatch(text)
        if together is None:
            return None
        year, month, day = together.groups()

    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
