"""Reading one line of a file of repayments: what it says, and the first thing wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from app.domain.characters import plain_number
from app.domain.nightly_fields import (
    RowFault,
    clean,
    clean_words,
    read_amount,
    read_day,
    read_number,
    read_text,
    read_words,
    sound,
)
from app.domain.nightly_headings import plain_heading
from app.domain.texts import N_

CHANNEL_REF, CHANNEL, ARRIVED = "流水号", "渠道", "入账日期"
AMOUNT, AMOUNT_IN_YUAN = "金额", "金额(元)"
LOAN, REMARK = "借据号", "备注"
PAID, PAYER, ACCOUNT, REVERSES = "付款日期", "付款人", "付款账号", "冲正流水号"
COLUMNS = (
    CHANNEL_REF,
    CHANNEL,
    ARRIVED,
    AMOUNT,
    AMOUNT_IN_YUAN,
    LOAN,
    REMARK,
    PAID,
    PAYER,
    ACCOUNT,
    REVERSES,
)
# Of each the file has one at least.
REQUIRED = ((CHANNEL_REF,), (CHANNEL,), (ARRIVED,), (AMOUNT, AMOUNT_IN_YUAN), (LOAN, REMARK))
# Words, which keep what clean() would take for a formula.
TEXTS = (REMARK, PAYER)

CHANNEL_REF_CHARS = 64
CHANNEL_CHARS = 32
NUMBER_CHARS = 40
PAYER_CHARS = 80
REMARK_CHARS = 400
TAIL_DIGITS = 4
# Ten million yuan: far above what anyone here owes. More is a column out of place, such as a mobile
# number among the amounts.
MOST_FEN = 1_000_000_000
_NOTHING = re.compile(r"[-—–]*")
_TIME = re.compile(r"(?<=[0-9])[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\Z")
_LAST_DIGITS = re.compile(rf"([0-9]{{{TAIL_DIGITS}}})(?:\.0)?\Z")

FAULTS = {
    "both_amounts": N_("金额和金额(元)两列写的不一样，请只留一列"),
    "nothing": N_("金额是 0，没有钱可记，请核对"),
    "negative": N_("金额是负数。如果是冲正，请在冲正流水号里写上原来那笔的流水号"),
    "huge": N_("金额大得不像一笔还款，请核对是不是串了列"),
    "future": N_("入账日期在今天以后，请核对"),
    "paid_after": N_("付款日期晚于入账日期，请核对"),
    "itself": N_("冲正流水号和这一行自己的流水号一样，请写原来那笔的"),
    "changed": N_("同一个渠道的这个流水号已经有一笔，金额或日期不一样，请核对哪一笔是对的"),
}


@dataclass(frozen=True, slots=True)
class RepaymentRow:
    """One good line: money that arrived, or that was taken back where it names what it reverses.

    Units: fen, above zero for both; texts as they were written, empty where there are none.
    """

    channel: str
    channel_ref: str
    paid_on: date
    arrived_on: date
    fen: int
    loan_ref: str = ""
    payer: str = ""
    account_tail: str = ""
    remark: str = ""
    reverses: str = ""


class Posted(NamedTuple):
    """What is kept of a line by which the same one is known again."""

    fen: int
    paid_on: date
    arrived_on: date
    reverses: str


class RepaymentLayout(NamedTuple):
    """Which cell of a line is which column; what we do not know is left aside."""

    width: int
    places: dict[str, int]

    @classmethod
    def of(cls, headers: Sequence[str]) -> "RepaymentLayout":
        """Read the headings, in any order.

        Raises: RowFault header, naming every column that is not there.
        """
        names = [plain_heading(header) for header in headers]
        missing = ["或".join(ways) for ways in REQUIRED if not any(way in names for way in ways)]
        if missing:
            told = f"表头缺少这些列，请补齐后重新导出：{'、'.join(missing)}"
            raise RowFault("", "header", told)
        return cls(len(names), {name: names.index(name) for name in COLUMNS if name in names})

    def cells(self, values: Sequence[str]) -> dict[str, str]:
        """Return the cells of a line by column.

        Raises: RowFault columns where cells are too few for what is required, or filled cells are
        too many.
        """
        needed = max(self.places[name] for name in (CHANNEL_REF, CHANNEL, ARRIVED))
        # A comma in an amount without quotes moves all that stands behind it.
        if len(values) <= needed or any(map(clean, values[self.width :])):
            raise RowFault("", "columns")
        return {
            name: (clean_words if name in TEXTS else clean)(values[place])
            for name, place in self.places.items()
            if place < len(values)
        }


def read_repayment(cells: Mapping[str, str], *, today: date) -> RepaymentRow:
    """Read one line, its cells by column and without blanks around them.

    A reversal names the line it takes back; its amount may have a sign or not and is kept without.
    Units:  fen.
    Raises: RowFault, the first in the order of the format's columns.
    Source: rules part 1, payments are facts with three dates.
    """
    channel_ref = read_number(cells.get(CHANNEL_REF, ""), CHANNEL_REF, CHANNEL_REF_CHARS)
    channel = read_text(cells.get(CHANNEL, ""), CHANNEL, CHANNEL_CHARS)
    arrived_on = _arrival(cells, today)
    reverses = _number(cells, REVERSES, CHANNEL_REF_CHARS)
    if reverses == channel_ref:
        raise RowFault(REVERSES, "reversal", FAULTS["itself"])
    return RepaymentRow(
        channel=channel,
        channel_ref=channel_ref,
        arrived_on=arrived_on,
        fen=_amount(cells, is_reversal=bool(reverses)),
        loan_ref=_number(cells, LOAN, NUMBER_CHARS),
        remark=read_words(cells.get(REMARK, ""), REMARK, REMARK_CHARS),
        paid_on=_value_date(cells, arrived_on),
        payer=read_words(cells.get(PAYER, ""), PAYER, PAYER_CHARS),
        account_tail=_tail(cells),
        reverses=reverses,
    )


def posted_of(row: RepaymentRow) -> Posted:
    """Return what of a line is compared with the one that is kept under its number."""
    return Posted(row.fen, row.paid_on, row.arrived_on, row.reverses)


def is_duplicate(row: RepaymentRow, kept: Posted | None, *, is_collected: bool = False) -> bool:
    """Tell whether a line is the one kept under its 流水号 and 渠道: the same amount, dates and what
    it reverses. Payer and remark may be told more fully the second time; of money that we collected
    by the channel itself the dates too, for a file has the day on which the channel hands it on.

    Raises: RowFault changed where anything of that is another.
    Source: ADR 0075, ADR 0082.
    """
    if kept is None:
        return False
    told = posted_of(row)
    if is_collected:
        told = told._replace(paid_on=kept.paid_on, arrived_on=kept.arrived_on)
    if told != kept:
        field = CHANNEL_REF if row.fen == kept.fen else AMOUNT
        raise RowFault(field, "changed", FAULTS["changed"])
    return True


def is_old(paid_on: date, *, today: date, most_days: int) -> bool:
    """Tell whether money was paid so long ago that a person looks at it before it counts from then.

    Source: rules part 1, how a signed plan is kept.
    """
    return today - paid_on > timedelta(days=most_days)


def _arrival(cells: Mapping[str, str], today: date) -> date:
    arrived_on = read_day(_day_of(cells.get(ARRIVED, "")), ARRIVED)
    if arrived_on > today:
        raise RowFault(ARRIVED, "date", FAULTS["future"])
    return arrived_on


def _value_date(cells: Mapping[str, str], arrived_on: date) -> date:
    text = cells.get(PAID, "")
    if _NOTHING.fullmatch(text):
        return arrived_on
    paid_on = read_day(_day_of(text), PAID)
    if paid_on > arrived_on:
        raise RowFault(PAID, "date", FAULTS["paid_after"])
    return paid_on


def _amount(cells: Mapping[str, str], *, is_reversal: bool) -> int:
    written = [(name, cells[name]) for name in (AMOUNT, AMOUNT_IN_YUAN) if cells.get(name)]
    if not written:
        field = AMOUNT if AMOUNT in cells else AMOUNT_IN_YUAN
        raise RowFault(field, "amount")
    read = {_signed(text, name, is_reversal=is_reversal) for name, text in written}
    if len(read) > 1:
        raise RowFault(AMOUNT, "amount", FAULTS["both_amounts"])
    fen = read.pop()
    if not fen:
        raise RowFault(written[0][0], "amount", FAULTS["nothing"])
    if fen > MOST_FEN:
        raise RowFault(written[0][0], "amount", FAULTS["huge"])
    return fen


def _signed(text: str, field: str, *, is_reversal: bool) -> int:
    # The sign is the same word said twice where a line names what it takes back.
    plain = sound(text, field)
    try:
        return read_amount(plain.removeprefix("-") if is_reversal else plain, field)
    except RowFault as fault:
        if fault.code != "negative":
            raise
        raise RowFault(field, "negative", FAULTS["negative"]) from None


def _number(cells: Mapping[str, str], field: str, longest: int) -> str:
    """Return a number that may be left out, by a dash too."""
    text = cells.get(field, "")
    return "" if _NOTHING.fullmatch(text) else read_number(text, field, longest)


def _tail(cells: Mapping[str, str]) -> str:
    """Return the last four digits of an account, all that is ever kept of it; none where they
    cannot be told. Money is not sent back for an account that a spreadsheet has spoilt.
    """
    found = _LAST_DIGITS.search(plain_number(cells.get(ACCOUNT, "")))
    return found.group(1) if found else ""


def _day_of(text: str) -> str:
    """Return a date without the time of day that banks write behind it."""
    return _TIME.sub("", text)
