"""Which heading is probably which column, by names, values and shapes; a person looks at it, and
nothing is read by a proposal.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.id_papers import KINDS as ID_KINDS
from app.domain.loan import METHODS_BY_NAME
from app.domain.maps.cells import number_in
from app.domain.maps.column_map import AMOUNTS, CODED, DATES, ColumnMap, ColumnOrigin
from app.domain.maps.reading import day_in
from app.domain.maps.synonyms import (
    CURRENT,
    IN_PARTS,
    METHOD_NAMES,
    NAMES,
    OVERDUE_COUNT,
    PENAL_RATES,
)
from app.domain.nightly_fields import RowFault, read_method
from app.domain.nightly_headings import plain_heading
from app.domain.nightly_row import (
    ANNUAL,
    AS_OF,
    BASES,
    BASIS,
    COLUMNS,
    DAYS,
    DUE_DAY,
    FEE,
    ID_NUMBER,
    ID_TYPE,
    METHOD,
    MOBILE,
    PAID,
    SINCE,
    UPLIFT,
)

_NOTE = re.compile(r"[(（][^()（）]*[)）]$")
_OF_WHICH = re.compile(r"^其中:?")
_SERIAL = re.compile(r"[3-5][0-9]{4}(?:\.0*)?")
_ID = re.compile(r"[0-9]{17}[0-9Xx]")
_MOBILE = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}")
_MARKS = re.compile(r"[-—–/\\*]+|无|N/?A|NULL|1900[-/]?01[-/]?01|0001[-/]?01[-/]?01|99991231")
# What is so in nearly every book that does not say it.
USUAL = {
    DUE_DAY: ColumnOrigin(way="start_day"),
    ID_TYPE: ColumnOrigin(constant="身份证"),
    BASIS: ColumnOrigin(constant=str(BASES[0])),
    FEE: ColumnOrigin(constant="0"),
}
SHAPES = {ID_NUMBER: _ID, MOBILE: _MOBILE}


@dataclass(frozen=True)
class Sample:
    """What is looked at: name of the file, titles, headings and some rows under them."""

    name: str
    titles: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def values(self, place: int) -> list[str]:
        """Return the cells of a column that say anything."""
        cells = (row[place].strip() for row in self.rows if place < len(row))
        return [one for one in cells if one]


def propose(sample: Sample) -> ColumnMap:
    """Return a map as far as a file tells it; a column without a source is left to a person."""
    names = [_bare(heading) for heading in sample.headings]
    columns = dict(_by_names(names, sample))
    columns |= _by_shapes(columns, names, sample)
    columns |= _in_parts(columns, names)
    columns |= _that_follow(columns, names, sample)
    found = {
        name: _in_unit(name, source, columns, names, sample) for name, source in columns.items()
    }
    return ColumnMap(columns=found, nothing=frozenset(_nothing(sample)))


def _bare(heading: str) -> str:
    """Return a heading without what says that it is a part, and without its unit."""
    return _NOTE.sub("", _OF_WHICH.sub("", plain_heading(heading)))


def _by_names(names: Sequence[str], sample: Sample) -> Iterator[tuple[str, ColumnOrigin]]:
    taken: set[int] = set()
    whole = [plain_heading(one) for one in sample.headings]
    for column in COLUMNS:
        meant = (*NAMES[column], *map(_bare, NAMES[column]))
        places = [at for one in meant for at, name in enumerate(whole) if name == one]
        places += [at for one in meant for at, name in enumerate(names) if name == one]
        place = next((at for at in places if at not in taken), None)
        if place is not None:
            taken.add(place)
            yield column, ColumnOrigin(of=(_said(place, sample),))


def _said(place: int, sample: Sample) -> str:
    """Return a heading, or the number of the column where another one is called the same."""
    plain = [plain_heading(one) for one in sample.headings]
    return plain[place] if plain.count(plain[place]) == 1 else f"#{place + 1}"


def _by_shapes(
    known: Mapping[str, ColumnOrigin], names: Sequence[str], sample: Sample
) -> dict[str, ColumnOrigin]:
    used = {one for source in known.values() for one in source.of}
    found = {}
    for column, shape in SHAPES.items():
        if column in known:
            continue
        for place in range(len(names)):
            values = [one.replace("-", "").lstrip("'") for one in sample.values(place)]
            is_it = values and sum(bool(shape.fullmatch(one)) for one in values) * 2 > len(values)
            if is_it and _said(place, sample) not in used:
                found[column] = ColumnOrigin(of=(_said(place, sample),))
                break
    return found


def _in_parts(known: Mapping[str, ColumnOrigin], names: Sequence[str]) -> dict[str, ColumnOrigin]:
    found = {}
    for column, sets in IN_PARTS.items():
        for parts in sets:
            there = tuple(one for one in parts if one in names)
            enough = len(parts) if column != FEE else 1
            if column not in known and len(there) >= enough:
                found[column] = ColumnOrigin(of=there)
                break
    return found


def _that_follow(
    known: Mapping[str, ColumnOrigin], names: Sequence[str], sample: Sample
) -> dict[str, ColumnOrigin]:
    """What a file does not say and its other columns, its name or custom do."""
    found: dict[str, ColumnOrigin] = {}
    current = next((one for one in CURRENT if one in names), None)
    overdue = next((one for one in OVERDUE_COUNT if one in names), None)
    if PAID not in known and current:
        found[PAID] = (
            ColumnOrigin(of=(current, overdue), way="before_overdue")
            if overdue
            else ColumnOrigin(of=(current,), way="before_current")
        )
    found |= {name: source for name, source in USUAL.items() if name not in known}
    penal = next((at for at, one in enumerate(names) if one in PENAL_RATES), None)
    if UPLIFT not in known:
        found[UPLIFT] = (
            ColumnOrigin(constant="50")
            if penal is None
            else ColumnOrigin(of=(_said(penal, sample),), unit="penal_percent")
        )
    if DAYS not in known and SINCE in known:
        found[DAYS] = ColumnOrigin(way="from_since")
    if SINCE not in known and DAYS in known:
        found[SINCE] = ColumnOrigin(way="from_days")
    if AS_OF not in known:
        way = "title" if any(map(day_in, sample.titles)) else "file_name"
        if way == "title" or day_in(sample.name):
            found[AS_OF] = ColumnOrigin(way=way)
    return found


def _in_unit(
    column: str,
    source: ColumnOrigin,
    columns: Mapping[str, ColumnOrigin],
    names: Sequence[str],
    sample: Sample,
) -> ColumnOrigin:
    values = [one for said in source.of for one in sample.values(_at(said, names, sample))]
    told = "".join(said for said in source.of)
    unit, codes = source.unit, dict(source.codes)
    if column in AMOUNTS and source.of:
        unit = "wan" if "万" in told else "fen" if _are_fen(columns, names, sample) else "yuan"
    elif column in (ANNUAL, UPLIFT) and source.of and not unit.startswith("penal"):
        unit = _rate_unit(told, values)
    elif unit.startswith("penal"):
        unit = f"penal_{_rate_unit(told, values)}"
    elif column in DATES and values and all(map(_is_serial, values)):
        unit = "serial"
    elif column in CODED:
        codes = _codes(column, values)
    return ColumnOrigin(source.of, unit, codes, source.way, source.constant)


def _at(said: str, names: Sequence[str], sample: Sample) -> int:
    if said.startswith("#"):
        return int(said[1:]) - 1
    whole = [plain_heading(one) for one in sample.headings]
    return whole.index(said) if said in whole else list(names).index(said)


def _are_fen(columns: Mapping[str, ColumnOrigin], names: Sequence[str], sample: Sample) -> bool:
    """Tell whether no amount of the file has a decimal, though interest to the fen would."""
    said = [one for name in AMOUNTS if name in columns for one in columns[name].of]
    values = [one for each in said for one in sample.values(_at(each, names, sample))]
    numbers = [one for one in values if number_in(one) is not None]
    return bool(numbers) and not any("." in one for one in numbers) and "元" not in "".join(said)


def _rate_unit(told: str, values: Sequence[str]) -> str:
    if "万" in told or "日利率" in told:
        return "wan_a_day"
    if "月利率" in told or "月息" in told:
        return "percent_a_month"
    numbers = [number_in(one) for one in values if not one.endswith("%")]
    said = [one for one in numbers if one]
    return "fraction" if said and all(one < 1 for one in said) else "percent"


def _is_serial(text: str) -> bool:
    return bool(_SERIAL.fullmatch(text) or _MARKS.fullmatch(text))


def unknown_codes(column: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return the values of a coded column that the built-in file does not read, each once."""
    return tuple(one for one in dict.fromkeys(values) if not _is_known(column, one))


def _codes(column: str, values: Sequence[str]) -> dict[str, str]:
    """Return the values that the built-in file does not read, each with what custom means by it or
    still without a meaning.
    """
    meant = METHOD_NAMES if column == METHOD else {}
    return {one: meant.get(one, "") for one in unknown_codes(column, values)}


def _is_known(column: str, text: str) -> bool:
    if column == ID_TYPE:
        return text in ID_KINDS
    if column == BASIS:
        return text in map(str, BASES)
    try:
        return read_method(text, METHOD) in METHODS_BY_NAME.values()
    except RowFault:
        return False


def _nothing(sample: Sample) -> Iterator[str]:
    for row in sample.rows:
        yield from (cell.strip() for cell in row if _MARKS.fullmatch(cell.strip()))
