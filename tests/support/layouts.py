"""One book in five shapes of real ledgers, with the maps that a person makes of the proposals."""

from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

from app.domain.maps.column_map import ColumnMap
from app.domain.maps.proposing import Sample, propose
from app.integrations.sheets.delimited import DelimitedTable
from app.integrations.sheets.xlsx_table import XlsxTable
from app.ports.table import Table

FOLDER = Path(__file__).parent.parent / "data" / "layouts"
BOOK, DAY, ROWS = FOLDER / "book.csv", date(2026, 11, 20), 61
# Each with the sheet a person picks, the row of its headings, what closes it, and the codes that
# nobody could guess.
CODES = {
    "assets_20261120.csv": {},
    "collection.csv": {"1": "等额本息", "2": "等额本金", "3": "先息后本"},
    "core.txt": {
        "RPT01": "等额本息",
        "RPT02": "等额本金",
        "RPT03": "先息后本",
        "01": "身份证",
        "A": "360",
        "B": "365",
    },
    "ledger.xlsx": {},
    "plain.csv": {},
}
HEADINGS = {"assets_20261120.csv": 3, "ledger.xlsx": 2}
SHEETS = {"ledger.xlsx": "明细"}


def table_of(name: str, folder: Path = FOLDER) -> Table:
    """One of the files as it stands."""
    if name.endswith(".xlsx"):
        return XlsxTable(folder / name, sheet=SHEETS[name])
    return DelimitedTable(folder / name)


def map_for(name: str) -> ColumnMap:
    """The proposal with the codes filled in."""
    rows = list(islice(table_of(name).rows(), 30))
    heading = HEADINGS.get(name, 1)
    titles = [cell for row in rows if row.number < heading for cell in row.cells]
    top = next(row for row in rows if row.number == heading)
    under = [row.cells for row in rows if row.number > heading]
    told = propose(Sample(name, titles, top.cells, under))
    columns = {
        column: replace(
            one, codes={code: CODES[name].get(code) or means for code, means in one.codes.items()}
        )
        for column, one in told.columns.items()
    }
    # Days that say nothing in rows below those looked at.
    nothing = told.nothing | {"/", "--", "19000101"}
    return replace(told, columns=columns, heading_row=heading, nothing=nothing)
