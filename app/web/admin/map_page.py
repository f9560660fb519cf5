"""What the page of a map shows of each column: where it may come from, what is chosen and read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.maps.column_map import AMOUNTS
from app.domain.nightly_row import COLUMNS
from app.services.maps.map_queries import MapView
from app.web.admin import map_words
from app.web.admin.map_forms import MOST_PARTS, WAY, field_of
from app.web.catalogues import gettext

Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Select:
    """One choice: its field, what it asks, the options and the one that is chosen."""

    name: str
    label: str
    options: Options
    chosen: str


@dataclass(frozen=True)
class ColumnField:
    """One built-in column on the page; `codes` are cells with what each means."""

    column: str
    selects: tuple[Select, ...]
    codes: tuple[tuple[str, Select], ...]
    constant: str | None
    in_file: str
    read: str
    is_plain: bool
    is_faulty: bool


def column_fields(view: MapView) -> tuple[ColumnField, ...]:
    """The columns in the order of the built-in file."""
    told = view.values.get("columns")
    columns: Mapping[str, Any] = told if isinstance(told, dict) else {}
    rows = view.trial.rows if view.trial else ()
    first = next((row.cells for row in rows if row.is_good), rows[0].cells if rows else {})
    return tuple(_field(view, name, columns.get(name, {}), first) for name in COLUMNS)


def _field(
    view: MapView, column: str, told: Mapping[str, Any], first: Mapping[str, str]
) -> ColumnField:
    codes = tuple(
        (code, _meaning(column, code, told.get("codes", {}).get(code, "")))
        for code in view.codes.get(column, ())
    )
    joint = " － " if told.get("way") == "before_overdue" else " ＋ "
    return ColumnField(
        column=column,
        selects=tuple(_selects(view, column, told)),
        codes=codes,
        constant=told.get("constant", "") if map_words.may_be_constant(column) else None,
        in_file=joint.join(view.first_cells.get(one, "") for one in told.get("of", ())),
        read=first.get(column, ""),
        is_plain=map_words.is_plain(column, told) and not codes,
        is_faulty=view.fault is not None and view.fault.column == column,
    )


def _selects(view: MapView, column: str, told: Mapping[str, Any]) -> Iterator[Select]:
    of = list(told.get("of", ()))
    headings = [(one, one) for one in dict.fromkeys((*view.headings, *of))]
    ways = [(f"{WAY}{code}", words) for code, words in map_words.way_choices(column)]
    with_cells = map_words.cell_ways(column)
    chosen = of[0] if of else f"{WAY}{told['way']}" if told.get("way") else ""
    yield Select(
        field_of(column, "of0"),
        gettext("%(column)s的列", column=column),
        [("", gettext("没有这一列")), *headings, *ways],
        chosen,
    )
    if units := map_words.unit_choices(column):
        label = gettext("%(column)s的单位", column=column)
        yield Select(field_of(column, "unit"), label, units, told.get("unit", units[0][0]))
    if with_cells:
        label = gettext("%(column)s怎么算", column=column)
        options = [("", gettext("就是这一列")), *with_cells]
        yield Select(field_of(column, "way"), label, options, told.get("way", ""))
    for place in range(1, MOST_PARTS if column in AMOUNTS else 2 if with_cells else 1):
        label = gettext("%(column)s的第 %(n)s 列", column=column, n=place + 1)
        none = gettext("不减别的列") if with_cells else gettext("不加别的列")
        chosen = of[place] if place < len(of) else ""
        yield Select(field_of(column, f"of{place}"), label, [("", none), *headings], chosen)


def _meaning(column: str, code: str, chosen: str) -> Select:
    options = [("", gettext("还没说是什么")), *((one, one) for one in map_words.meanings(column))]
    return Select(field_of(column, "means"), gettext("%(code)s 是什么", code=code), options, chosen)
