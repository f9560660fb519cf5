"""A lender's rows read by a map: each as the cells of the built-in file."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from app.domain.characters import plain_number
from app.domain.maps.cells import (
    UNFIT,
    amount_in,
    day_of_serial,
    number_in,
    percent_in,
    uplift_in,
)
from app.domain.maps.column_map import (
    AMOUNTS,
    DATES,
    WHOLE,
    ColumnMap,
    ColumnOrigin,
    MapFaulty,
    plain_place,
)
from app.domain.nightly_fields import RowFault, clean, clean_words, read_date
from app.domain.nightly_headings import plain_heading
from app.domain.nightly_row import (
    ANNUAL,
    AS_OF,
    BASES,
    BASIS,
    COLUMNS,
    DAYS,
    DUE_DAY,
    ID_TYPE,
    METHOD,
    REMARK,
    SINCE,
    START,
    UPLIFT,
)

_NTH = re.compile(r"#([1-9][0-9]{0,2})")
# A day in a name or a title: 2026-11-20, 20261120, 2026年11月20日, 2026.11.20.
_DAY_IN = re.compile(r"(?<!\d)(20\d{2})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})|(\d{2})(\d{2}))(?!\d)")
Cells = Sequence[str]


class MappedRows:
    """Reads rows under some headings by a map. Raises MapFaulty where headings are not there, or
    stand twice.
    """

    def __init__(self, told: ColumnMap, headers: Cells, *, as_of: date | None) -> None:
        self.map, self.as_of = told, as_of
        names = [plain_heading(header) for header in headers]
        self.width = max((n for n, name in enumerate(names, 1) if name), default=0)
        self._places = {
            column: tuple(_place(name, names, column) for name in source.of)
            for column, source in told.columns.items()
        }
        used = {place for places in self._places.values() for place in places}
        self.unused = {
            name: place for place, name in enumerate(names) if name and place not in used
        }

    def cells(self, values: Cells) -> dict[str, str]:
        """Return the cells of one row by column, clean, in the units of the built-in file; what
        does not fit its unit is marked and read by none.
        """
        found = {name: self._plain(name, values) for name in COLUMNS if name != SINCE}
        found[SINCE] = self._plain(SINCE, values)
        for column in (BASIS, METHOD, ID_TYPE):
            found[column] = self._coded(column, found[column])
        self._rates(found)
        self._days(found)
        return found

    @staticmethod
    def day_of(text: str) -> date | None:
        """Return the date in a cell, None where there is none."""
        return _day(text)

    def ref_place(self, column: str) -> int:
        """Return the cell a column comes from, -1 for none."""
        return next(iter(self._places.get(column, ())), -1)

    def last_place(self, column: str) -> int:
        """Return the last cell a column comes from, -1 for none."""
        return max(self._places.get(column, ()), default=-1)

    def _source(self, column: str) -> ColumnOrigin:
        return self.map.columns.get(column, ColumnOrigin())

    def _texts(self, column: str, values: Cells) -> list[str]:
        read = clean_words if column == REMARK else clean
        texts = (
            read(values[place]) if place < len(values) else ""
            for place in self._places.get(column, ())
        )
        return ["" if one in self.map.nothing else one for one in texts]

    def _plain(self, column: str, values: Cells) -> str:
        source, texts = self._source(column), self._texts(column, values)
        if not texts:
            return self._without_cells(column, source)
        if column in AMOUNTS:
            said = [one for one in texts if one]
            return amount_in(said, source.unit or "yuan") if said else ""
        if column in DATES:
            return day_of_serial(texts[0]) if source.unit == "serial" else texts[0]
        if column in WHOLE and texts[0]:
            return _periods(source.way, texts) if source.way else texts[0]
        return texts[0]

    def _without_cells(self, column: str, source: ColumnOrigin) -> str:
        if column == AS_OF and not source.constant:
            return self.as_of.isoformat() if self.as_of else ""
        return source.constant

    def _coded(self, column: str, text: str) -> str:
        codes = self._source(column).codes
        return codes.get(text) or text

    def _rates(self, cells: dict[str, str]) -> None:
        basis = next((one for one in BASES if cells[BASIS] == str(one)), BASES[0])
        for column in (ANNUAL, UPLIFT):
            source, text = self._source(column), cells[column]
            unit = source.unit.removeprefix("penal_") or "percent"
            if source.of and text:
                text = percent_in(text, unit, basis=basis)
            cells[column] = text
        if self._source(UPLIFT).unit.startswith("penal_") and not cells[UPLIFT].startswith(UNFIT):
            cells[UPLIFT] = uplift_in(cells[UPLIFT], cells[ANNUAL])

    def _days(self, cells: dict[str, str]) -> None:
        """Fill in what follows from other columns, each by what the row itself says."""
        if self._source(DUE_DAY).way:
            cells[DUE_DAY] = _derived(cells[START], lambda day: str(day.day))
        as_of = _day(cells[AS_OF])
        if as_of is None:
            return
        if self._source(DAYS).way:
            since = cells[SINCE]
            cells[DAYS] = _derived(since, lambda day: str((as_of - day).days)) if since else "0"
        if self._source(SINCE).way:
            cells[SINCE] = _since(cells[DAYS], as_of)


def day_in(text: str) -> date | None:
    """Return the one day that a file's name or a title tells; None where it tells none or two."""
    days = {tuple(int(one) for one in found if one) for found in _DAY_IN.findall(text)}
    if len(days) != 1:
        return None
    year, month, day = days.pop()
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_closing(values: Cells, words: Sequence[str], width: int) -> bool:
    """Tell whether a row only closes the table: its first word says so, and most of it is empty."""
    filled = [plain_heading(one) for one in values if one.strip()]
    return bool(filled) and filled[0].startswith(tuple(words)) and len(filled) * 2 < width


def _place(name: str, names: Sequence[str], column: str) -> int:
    if nth := _NTH.fullmatch(name):
        return int(nth[1]) - 1
    places = [place for place, one in enumerate(names) if one == plain_place(name)]
    if len(places) == 1:
        return places[0]
    if not places:
        raise MapFaulty(f"文件里没有“{name}”这一列，列对照要用它来读{column}", column)
    raise MapFaulty(f"文件里有 {len(places)} 列叫“{name}”，请在列对照里写明是第几列", column)


def _periods(way: str, texts: Sequence[str]) -> str:
    """Return how many are paid where a row tells the first that is not, or the last one due and how
    many of those are not.
    """
    numbers = [number_in(one) for one in texts]
    whole = [int(one) for one in numbers if one is not None and one == one.to_integral_value()]
    if len(whole) != len(texts):
        return UNFIT + texts[0]
    paid = whole[0] - 1 if way == "before_current" else whole[0] - whole[1]
    return str(paid) if paid >= 0 else UNFIT + texts[0]


def _derived(text: str, follow: Callable[[date], str]) -> str:
    day = _day(text)
    return UNFIT + text if day is None else follow(day)


def _day(text: str) -> date | None:
    try:
        return read_date(text, "")
    except RowFault:
        return None


def _since(days: str, as_of: date) -> str:
    number = number_in(plain_number(days)) if days else None
    if not days or number == 0:
        return ""
    if number is None or number != number.to_integral_value() or number.is_signed():
        return UNFIT + days
    return (as_of - timedelta(days=int(number))).isoformat()


def row_of(cells: Mapping[str, str]) -> list[str]:
    """Return the cells in the order of the built-in columns."""
    return [cells[name] for name in COLUMNS]
