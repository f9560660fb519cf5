"""Forms of column maps: a sample, and what a version says column by column."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from app.domain.maps.column_map import (
    CODED,
    CONSTANTS,
    MOST_ROWS_ABOVE,
    WAYS,
    plain_place,
    units_of,
)
from app.domain.nightly_row import COLUMNS, PAID

WAY, MOST_PARTS = "way:", 3
ROW_DIGITS = 2
# Of these a way says what is done with the cells; every other way stands instead of cells.
WAYS_OF_CELLS = {PAID: WAYS[PAID]}


class SampleForm(FlaskForm):
    """A file to make a map by."""

    name = StringField(
        _l("这个对照叫什么"), validators=[InputRequired(message=_l("请给列对照起一个名字"))]
    )
    sheet = StringField(_l("工作表"))


class MapForm(FlaskForm):
    """What names the edition that was looked at; the columns are read by `typed_values`."""

    edition = HiddenField()
    heading_row = StringField(_l("列名在第几行"))
    nothing = StringField(_l("空的记号"))


def field_of(column: str, what: str) -> str:
    """The name of a field of a column: its place in the built-in file and what it asks."""
    return f"c{COLUMNS.index(column)}-{what}"


def typed_values(
    form: MapForm, typed: MultiDict[str, str], before: Mapping[str, Any]
) -> dict[str, Any]:
    """What was typed, as a map is kept; it need not be one yet."""
    told = form.heading_row.data or ""
    row = int(told) if told.isascii() and told.isdecimal() and len(told) <= ROW_DIGITS else 0
    columns = {column: _source(column, typed) for column in COLUMNS}
    return {
        **before,
        "heading_row": min(row, MOST_ROWS_ABOVE),
        "nothing": sorted(set((form.nothing.data or "").split())),
        "columns": {column: one for column, one in columns.items() if one},
    }


def _source(column: str, typed: MultiDict[str, str]) -> dict[str, Any]:
    said = [typed.get(field_of(column, f"of{n}"), "").strip() for n in range(MOST_PARTS)]
    way = next((one.removeprefix(WAY) for one in said if one.startswith(WAY)), "")
    if way:
        return {"way": way}
    of = [plain_place(one) for one in said if one]
    constant = typed.get(field_of(column, "constant"), "").strip()
    if not of:
        return {"constant": constant} if constant and column in CONSTANTS else {}
    source: dict[str, Any] = {"of": of}
    for what, known in (("unit", units_of(column)), ("way", WAYS_OF_CELLS.get(column, ()))):
        if (told := typed.get(field_of(column, what), "")) in known:
            source[what] = told
    if column in CODED and (codes := _codes(column, typed)):
        source["codes"] = codes
    return source


def _codes(column: str, typed: MultiDict[str, str]) -> dict[str, str]:
    codes, meant = (typed.getlist(field_of(column, one)) for one in ("code", "means"))
    return {code: one.strip() for code, one in zip(codes, meant, strict=False) if code}
