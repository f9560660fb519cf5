"""The rows of a lender's file that a map is made by: some from its top, those with codes of their
own, its last ones; sealed as one value.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.domain.errors import RuleBroken
from app.domain.maps.column_map import MOST_ROWS_ABOVE, ColumnMap
from app.domain.maps.proposing import Sample, propose
from app.domain.nightly_headings import NIGHTLY_HEADINGS, plain_heading
from app.domain.nightly_row import BASIS, ID_TYPE, METHOD
from app.domain.texts import N_
from app.models import ColumnMapVersion
from app.ports.table import Table, TableRow
from app.ports.vault import Vault
from app.services.core.context import Context

# So many rows are looked at for codes and kept of the top; a sheet's last rows close it.
LOOKED_AT, TOP_ROWS, LAST_ROWS = 5_000, 120, 4
MOST_CODES = 40
LEAST_HEADINGS = 5
# A version that stands or fell keeps no sample.
OPEN = ("draft", "handed")
TABLE = ColumnMapVersion.__tablename__


class NoHeadings(RuleBroken):
    """No row of a sample looks like headings."""

    code = "map_no_headings"
    message = N_("前 50 行里没有看到表头，请确认这份文件有一行列名，多个工作表的写明是哪一个")


@dataclass(frozen=True)
class SampleTable:
    """A sample as a table, so that a map reads it as it reads a file."""

    name: str
    delimiter: str
    encoding: str
    sheets: Sequence[str]
    kept: Sequence[TableRow]
    sha256: str = ""

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows that were kept."""
        yield from self.kept


def taken_from(table: Table) -> SampleTable:
    """Return the rows of a file that a map is made by; at most some thousands are read.

    Raises: BookUnreadable.
    """
    rows = islice(table.rows(), LOOKED_AT)
    top = list(islice(rows, TOP_ROWS))
    coded = _coded_places(top)
    seen = {(at, row.cells[at]) for row in top for at in coded if at < len(row.cells)}
    last: deque[TableRow] = deque(maxlen=LAST_ROWS)
    for row in rows:
        new = {(at, row.cells[at]) for at in coded if at < len(row.cells)} - seen
        if new and len(seen) < MOST_CODES:
            seen |= new
            top.append(row)
        else:
            last.append(row)
    for row in table.rows() if len(top) >= TOP_ROWS else ():
        if row.number > top[-1].number:
            last.append(row)
    kept = sorted({row.number: row for row in (*top, *last)}.values(), key=lambda row: row.number)
    return SampleTable(table.name, table.delimiter, table.encoding, table.sheets, kept)


def heading_row(rows: Sequence[TableRow]) -> TableRow:
    """Return the row of headings: the fullest of the first, known headings weighing most.

    Raises: NoHeadings.
    """

    def weight(row: TableRow) -> tuple[int, int]:
        names = [plain_heading(one) for one in row.cells]
        words = [one for one in names if one and not one.replace(".", "").isdigit()]
        return sum(one in NIGHTLY_HEADINGS for one in names), len(set(words))

    top = [row for row in rows if not row.fault][:MOST_ROWS_ABOVE]
    found = max(top, key=weight, default=None)
    if found is None or weight(found)[1] < LEAST_HEADINGS:
        raise NoHeadings
    return found


def proposed(table: SampleTable, *, sheet: str) -> ColumnMap:
    """Return the map that a sample itself tells. Raises: NoHeadings."""
    top = heading_row(table.kept)
    titles = [cell for row in table.kept if row.number < top.number for cell in row.cells if cell]
    under = [row.cells for row in table.kept if row.number > top.number]
    told = propose(Sample(table.name, titles, top.cells, under))
    return ColumnMap(
        columns=told.columns,
        sheet=sheet,
        heading_row=top.number,
        delimiter=table.delimiter,
        encoding=table.encoding,
        nothing=told.nothing,
    )


def sealed(vault: Vault, table: SampleTable, public_id: str) -> bytes:
    """Return a sample sealed for its row."""
    told = {
        "delimiter": table.delimiter,
        "encoding": table.encoding,
        "sheets": list(table.sheets),
        "rows": [list(row) for row in table.kept],
    }
    return vault.seal(json.dumps(told), table=TABLE, row=public_id, column="sample")


def opened(context: Context, version: ColumnMapVersion) -> SampleTable | None:
    """Return the sample of a version; None once it is gone."""
    if version.sample_enc is None:
        return None
    told: dict[str, Any] = json.loads(
        context.vault.unseal(
            version.sample_enc, table=TABLE, row=version.public_id, column="sample"
        )
    )
    rows = [TableRow(*one) for one in told["rows"]]
    return SampleTable(
        version.sample_name, told["delimiter"], told["encoding"], told["sheets"], rows
    )


def _coded_places(rows: Sequence[TableRow]) -> tuple[int, ...]:
    """Return the places that may hold codes: those of the columns a proposal says so of."""
    try:
        top = heading_row(rows)
    except NoHeadings:
        return ()
    under = [row.cells for row in rows if row.number > top.number]
    told = propose(Sample("", (), top.cells, under))
    names = [plain_heading(one) for one in top.cells]
    said = (told.columns[name].of for name in (METHOD, ID_TYPE, BASIS) if name in told.columns)
    return tuple(names.index(one[0]) for one in said if one and one[0] in names)
