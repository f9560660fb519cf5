"""Opens a lender's own file: a workbook, or text."""

from pathlib import Path

from app.integrations.sheets.delimited import DelimitedTable
from app.ports.book import BookUnreadable
from app.ports.table import Table

PACKED = b"PK\x03\x04"


class LenderTables:
    """Tells a workbook by its first bytes, whatever the file is called."""

    def open(
        self,
        path: Path,
        *,
        name: str = "",
        sheet: str = "",
        delimiter: str = "",
        encoding: str = "",
    ) -> Table:
        """Return a file as a table. Raises BookUnreadable."""
        try:
            with path.open("rb") as file:
                is_packed = file.read(len(PACKED)) == PACKED
        except OSError as error:
            raise BookUnreadable("打不开这个文件，请检查路径和权限") from error
        if is_packed:
            # Only where there is one: the library is not small.
            from app.integrations.sheets.xlsx_table import XlsxTable

            table: Table = XlsxTable(path, name=name, sheet=sheet)
        else:
            table = DelimitedTable(path, name=name, delimiter=delimiter, encoding=encoding)
        return table
