"""Column maps as the desk sees them: all versions, one version tried on its sample. Only reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.characters import mobile_digits
from app.domain.errors import NotFound
from app.domain.id_papers import masked_paper
from app.domain.maps.column_map import CODED, ColumnMap, MapFaulty, map_of
from app.domain.maps.proposing import unknown_codes
from app.domain.maps.reading import MappedRows
from app.domain.masks import masked_id, masked_mobile, masked_name
from app.domain.nightly_fields import RowFault
from app.domain.nightly_headings import plain_heading
from app.domain.nightly_row import (
    AS_OF,
    COLUMNS,
    ID_NUMBER,
    MOBILE,
    NAME,
    BookRow,
    compare,
    judge_row,
)
from app.models import ColumnMapVersion, Staff
from app.ports.book import BookLine
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.maps.mapped_book import MappedBook, top_rows
from app.services.maps.samples import OPEN, SampleTable, opened
from app.services.nightly.layout import Layout

MOST_VERSIONS = 200
SHOWN_ROWS = 12
STAFF = "staff:"
_ID = re.compile(r"[0-9]{17}[0-9Xx]")
_MOBILE = re.compile(r"1[0-9]{10}")
_OF_A_NAME = re.compile("姓名|户名|客户名|借款人|NM|NAME")


@dataclass(frozen=True)
class MapRow:
    """A version in the list."""

    public_id: str
    name: str
    number: int
    state: str
    made_by: str
    made_at: datetime
    activated_by: str
    activated_at: datetime | None
    sample_name: str
    edition: int


@dataclass(frozen=True)
class TriedRow:
    """A row of the sample as it would be read: cells masked, or the one that refuses it."""

    number: int
    cells: Mapping[str, str]
    field: str = ""
    code: str = ""
    message: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it would be taken."""
        return not self.code


@dataclass(frozen=True)
class MapTrial:
    """What came of reading the sample. Units: fen."""

    rows: tuple[TriedRow, ...]
    good: int
    refused: int
    differing: int
    principal_fen: int
    left_fen: int
    closing: tuple[int, ...]
    hidden: tuple[int, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class MapView:
    """One version: what it says, the sample's headings with their first cells, what came of it.

    `fault` tells what keeps the map from reading at all, with the column it is about.
    """

    row: MapRow
    values: Mapping[str, object]
    headings: tuple[str, ...]
    first_cells: Mapping[str, str]
    sheets: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    trial: MapTrial | None
    fault: MapFaulty | None
    is_mine: bool
    may_activate: bool


def map_rows(session: Session) -> tuple[MapRow, ...]:
    """Return the versions, those that wait first, then the newest."""
    query = select(ColumnMapVersion).order_by(
        ColumnMapVersion.state.not_in(OPEN), ColumnMapVersion.id.desc()
    )
    found = session.scalars(query.limit(MOST_VERSIONS)).all()
    names = _names(session, found)
    return tuple(_row(one, names) for one in found)


def map_view(session: Session, context: Context, *, public_id: str) -> MapView:
    """Return one version tried on its sample; without a sample nothing is tried.

    Raises: NotFound.
    """
    found = session.scalars(
        select(ColumnMapVersion).where(ColumnMapVersion.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    sample = opened(context, found)
    trial, fault = _tried(session, context, found, sample)
    is_mine = found.made_person == context.staff.person_id
    headings, cells = _top(found, sample)
    return MapView(
        row=_row(found, _names(session, [found])),
        values=found.values,
        headings=headings,
        first_cells=cells,
        sheets=tuple(sample.sheets) if sample else (),
        codes=codes_in(found.values, sample) if sample else {},
        trial=trial,
        fault=fault,
        is_mine=is_mine,
        may_activate=found.state == "handed" and not is_mine,
    )


def codes_in(values: Mapping[str, object], sample: SampleTable) -> dict[str, tuple[str, ...]]:
    """Return of each coded column the cells of a sample that the built-in file does not read."""
    told = _lenient(values)
    try:
        top = top_rows(sample, told)
    except MapFaulty:
        return {}
    names = [plain_heading(one) for one in top.headings]
    found = {}
    for column in CODED:
        said = told.columns[column].of if column in told.columns else ()
        place = names.index(said[0]) if said and said[0] in names else -1
        cells = [
            row.cells[place].strip()
            for row in sample.kept
            if row.number > top.number and 0 <= place < len(row.cells)
        ]
        found[column] = tuple(
            one for one in unknown_codes(column, cells) if one and one not in told.nothing
        )
    return found


def _lenient(values: Mapping[str, object]) -> ColumnMap:
    """A map of values that may not be whole yet."""
    return map_of(values, is_whole=False)


def _row(one: ColumnMapVersion, names: Mapping[str, str]) -> MapRow:
    return MapRow(
        one.public_id,
        one.name,
        one.number,
        one.state,
        names.get(one.made_by, one.made_by),
        one.made_at,
        names.get(one.activated_by or "", one.activated_by or ""),
        one.activated_at,
        one.sample_name,
        one.edition,
    )


def _names(session: Session, found: Sequence[ColumnMapVersion]) -> Mapping[str, str]:
    who = {name for one in found for name in (one.made_by, one.activated_by) if name}
    ids = [one.removeprefix(STAFF) for one in who if one.startswith(STAFF)]
    query = select(Staff.public_id, Staff.display_name).where(Staff.public_id.in_(ids))
    return {f"{STAFF}{public_id}": name for public_id, name in session.execute(query)}


def _top(
    found: ColumnMapVersion, sample: SampleTable | None
) -> tuple[tuple[str, ...], Mapping[str, str]]:
    if sample is None:
        return (), {}
    try:
        top = top_rows(sample, _lenient(found.values))
    except MapFaulty:
        return (), {}
    headings = tuple(plain_heading(one) for one in top.headings)
    first = next((row.cells for row in sample.kept if row.number > top.number), ())
    cells = {name: _hidden(first[at], name) for at, name in enumerate(headings) if at < len(first)}
    return tuple(one for one in headings if one), cells


def _tried(
    session: Session, context: Context, found: ColumnMapVersion, sample: SampleTable | None
) -> tuple[MapTrial | None, MapFaulty | None]:
    if sample is None:
        return None, None
    try:
        book = MappedBook(sample, map_of(found.values), otherwise=context.today)
    except MapFaulty as fault:
        return None, fault
    ceiling_ppm = active_policy(session)[1].amounts.ceiling_ppm
    layout, lines = Layout.of(book.headers), list(book.lines())
    read = [_read(line, layout, context.today, ceiling_ppm) for line in lines]
    good = [row for _told, row, _differs in read if row is not None]
    return (
        MapTrial(
            rows=tuple(told for told, _row, _differs in _shown(read)),
            good=len(good),
            refused=len(read) - len(good),
            differing=sum(differs for _told, _row, differs in read),
            principal_fen=sum(row.terms.principal_fen for row in good),
            left_fen=sum(row.figures.left for row in good),
            closing=tuple(book.closing),
            hidden=tuple(book.hidden),
            unused=tuple(one for one in book.headers if one not in COLUMNS),
        ),
        None,
    )


Read = tuple[TriedRow, BookRow | None, bool]


def _shown(read: Sequence[Read]) -> list[Read]:
    """The first rows, and of the others those that are refused."""
    refused = [one for one in read[SHOWN_ROWS:] if one[1] is None]
    return [*read[:SHOWN_ROWS], *refused[:SHOWN_ROWS]]


def _read(line: BookLine, layout: Layout, today: date, ceiling_ppm: int) -> Read:
    try:
        cells = layout.cells(line)
    except RowFault as fault:
        return TriedRow(line.number, {}, fault.field, fault.code, fault.message), None, False
    shown = _masked(cells)
    try:
        as_of = date.fromisoformat(_day(cells[AS_OF], today))
        row = judge_row(cells, as_of=as_of, is_ref_taken=False, is_customer_taken=False)
        differs = compare(row, as_of=as_of, ceiling_ppm=ceiling_ppm).is_different
    except RowFault as fault:
        return TriedRow(line.number, shown, fault.field, fault.code, fault.message), None, False
    shown[ID_NUMBER] = masked_paper(row.person.id_number)
    return TriedRow(line.number, shown), row, differs


def _day(text: str, today: date) -> str:
    """Return the day a row is judged for: its own, else today."""
    read = MappedRows.day_of(text)
    return (read or today).isoformat()


def _masked(cells: Mapping[str, str]) -> dict[str, str]:
    hidden = dict(cells)
    hidden[NAME] = masked_name(cells[NAME])
    hidden[MOBILE] = masked_mobile(mobile_digits(cells[MOBILE]))
    hidden[ID_NUMBER] = _hidden(cells[ID_NUMBER])
    return hidden


def _hidden(text: str, heading: str = "") -> str:
    """Return a cell of a lender's file without what is a person's."""
    plain = text.strip().removeprefix("'")
    if _ID.fullmatch(plain):
        return masked_id(plain)
    digits = mobile_digits(plain)
    if _MOBILE.fullmatch(digits):
        return masked_mobile(digits)
    return masked_name(plain) if plain and _OF_A_NAME.search(heading) else plain
