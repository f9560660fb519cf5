"""What a column map says, and how it is kept as JSON: where the table lies in the file, and of each
built-in column from which cells it comes, in which unit and by which codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import RuleBroken
from app.domain.nightly_headings import plain_heading
from app.domain.nightly_row import (
    ANNUAL,
    AS_OF,
    BASIS,
    COLUMNS,
    DAYS,
    DUE_DAY,
    FEE,
    ID_TYPE,
    INTEREST,
    LEFT,
    MATURITY,
    METHOD,
    OVERDUE,
    PAID,
    PENALTY,
    PERIODS,
    PRINCIPAL,
    REQUIRED_COLUMNS,
    SINCE,
    START,
    UPLIFT,
)
from app.domain.texts import N_

AMOUNTS = frozenset({PRINCIPAL, LEFT, OVERDUE, INTEREST, PENALTY, FEE})
DATES = frozenset({START, MATURITY, AS_OF, SINCE})
CODED = frozenset({METHOD, ID_TYPE, BASIS})
WHOLE = frozenset({PERIODS, PAID, DUE_DAY, DAYS})
# The first of each is how the built-in file has it.
AMOUNT_UNITS = ("yuan", "fen", "wan")
RATE_UNITS = ("percent", "fraction", "wan_a_day", "percent_a_month")
PENAL_UNITS = tuple(f"penal_{one}" for one in RATE_UNITS)
DATE_UNITS = ("date", "serial")
# How a column follows from others or from the file; of PAID beside its own cells.
WAYS: Mapping[str, tuple[str, ...]] = {
    DUE_DAY: ("start_day",),
    SINCE: ("from_days",),
    DAYS: ("from_since",),
    PAID: ("before_current", "before_overdue"),
    AS_OF: ("file_name", "title"),
}
# Of these a constant may stand for every row.
CONSTANTS = frozenset({ID_TYPE, BASIS, UPLIFT, METHOD, FEE, DUE_DAY, AS_OF})
MOST_ROWS_ABOVE, MOST_CODES, TEXT_CHARS = 50, 60, 80
DELIMITERS = (",", "\t", ";", "|")
ENCODINGS = ("utf-8", "gb18030", "utf-16")
CLOSING_WORDS = ("合计", "总计", "共计", "小计", "制表", "复核", "以上")


class MapFaulty(RuleBroken):
    """A map that cannot be used; the message says what to do, `column` where."""

    code = "map"
    message = N_("列对照有地方要改，请按提示改好")

    def __init__(self, message: str = "", column: str = "") -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class ColumnOrigin:
    """Where one built-in column comes from.

    `of` are headings, or #3 for the third column; several amounts are summed, of `before_overdue`
    the second is subtracted too. `constant` stands where there is no cell.
    """

    of: tuple[str, ...] = ()
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    way: str = ""
    constant: str = ""

    @property
    def is_said(self) -> bool:
        """Whether it comes from anywhere."""
        return bool(self.of or self.way or self.constant)


@dataclass(frozen=True)
class ColumnMap:
    """One version of a map. `heading_row` counts the rows of the sheet from 1, 0 looks for it;
    an empty encoding or delimiter is found out; `nothing` are cells that say nothing.
    """

    columns: Mapping[str, ColumnOrigin]
    sheet: str = ""
    heading_row: int = 0
    delimiter: str = ""
    encoding: str = ""
    nothing: frozenset[str] = frozenset()
    closing: tuple[str, ...] = CLOSING_WORDS


def map_of(values: Mapping[str, Any], *, is_whole: bool = True) -> ColumnMap:
    """Return a map as it is kept; without `is_whole` also one that is being made.

    Raises: MapFaulty, the first thing wrong in the order of the file's columns.
    """
    columns = {
        name: ColumnOrigin(
            of=tuple(plain_place(one) for one in told.get("of", ())),
            unit=told.get("unit", ""),
            codes={str(one): str(other) for one, other in told.get("codes", {}).items()},
            way=told.get("way", ""),
            constant=told.get("constant", ""),
        )
        for name, told in values.get("columns", {}).items()
    }
    found = ColumnMap(
        columns=columns,
        sheet=str(values.get("sheet", "")),
        heading_row=int(values.get("heading_row", 0)),
        delimiter=str(values.get("delimiter", "")),
        encoding=str(values.get("encoding", "")),
        nothing=frozenset(str(one) for one in values.get("nothing", ())),
        closing=tuple(str(one) for one in values.get("closing", CLOSING_WORDS)),
    )
    if is_whole:
        _check(found)
    return found


def values_of(told: ColumnMap) -> dict[str, Any]:
    """Return a map as JSON keeps it, without what is empty."""
    columns = {
        name: {
            key: value
            for key, value in (
                ("of", list(one.of)),
                ("unit", one.unit),
                ("codes", dict(sorted(one.codes.items()))),
                ("way", one.way),
                ("constant", one.constant),
            )
            if value
        }
        for name, one in told.columns.items()
        if one.is_said
    }
    return {
        "columns": {name: columns[name] for name in COLUMNS if name in columns},
        "sheet": told.sheet,
        "heading_row": told.heading_row,
        "delimiter": told.delimiter,
        "encoding": told.encoding,
        "nothing": sorted(told.nothing),
        "closing": list(told.closing),
    }


def plain_place(text: str) -> str:
    """Return a heading, or the number of a column, as both are compared."""
    return plain_heading(str(text))


def units_of(column: str) -> tuple[str, ...]:
    """Return the units a column can be in, the built-in one first."""
    if column in AMOUNTS:
        return AMOUNT_UNITS
    if column == ANNUAL:
        return RATE_UNITS
    if column == UPLIFT:
        return (*RATE_UNITS[:2], *PENAL_UNITS)
    return DATE_UNITS if column in DATES else ()


def _check(told: ColumnMap) -> None:
    if not 0 <= told.heading_row <= MOST_ROWS_ABOVE:
        raise MapFaulty(N_("表头的行号要在 1 到 50 之间"))
    if told.delimiter and told.delimiter not in DELIMITERS:
        raise MapFaulty(N_("分隔符只能是逗号、制表符、分号或竖线"))
    if told.encoding and told.encoding not in ENCODINGS:
        raise MapFaulty(N_("编码只能是 UTF-8、GB18030 或 UTF-16"))
    for name in COLUMNS:
        _check_column(name, told.columns.get(name, ColumnOrigin()), told)
    if unknown := sorted(set(told.columns) - set(COLUMNS)):
        raise MapFaulty(N_("没有这一列"), unknown[0])


def _check_column(name: str, one: ColumnOrigin, told: ColumnMap) -> None:
    if not one.is_said:
        # The day of the data may also be told by whoever brings the file.
        if name in REQUIRED_COLUMNS and name != AS_OF:
            raise MapFaulty(N_("还没有说这一列从哪里来"), name)
        return
    since, days = (told.columns.get(each, ColumnOrigin()).way for each in (SINCE, DAYS))
    wrong = (
        (one.unit and one.unit not in units_of(name), N_("这一列没有这个单位")),
        (one.way and one.way not in WAYS.get(name, ()), N_("这一列不能这样推算")),
        (one.constant and name not in CONSTANTS, N_("这一列每笔不同，不能填固定值")),
        (
            len(one.of) > 1 and name not in AMOUNTS and one.way != "before_overdue",
            N_("只有金额可以由几列相加"),
        ),
        (
            name == PAID and len(one.of) != (2 if one.way == "before_overdue" else 1),
            N_("已还期数要选对几列：当前期数一列，减去逾期期数时两列"),
        ),
        (
            any(len(text) > TEXT_CHARS for text in (*one.of, one.constant, *one.codes)),
            N_("列名、代码或固定值太长"),
        ),
        (len(one.codes) > MOST_CODES, N_("代码太多了，请核对选的是不是这一列")),
        (
            name == SINCE and since and days,
            N_("逾期起始日和逾期天数不能互相推算，请至少选一列"),
        ),
    )
    if message := next((words for is_so, words in wrong if is_so), ""):
        raise MapFaulty(message, name)
