"""What the product needs of a lender's own file: its rows as they stand, read by no map yet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol


class TableRow(NamedTuple):
    """One row with its number as people see it, counted from 1; an empty one has no cells.

    A cell that cannot be read holds U+FFFD. `fault` is the code of a row that cannot be parted.
    """

    number: int
    cells: Sequence[str]
    fault: str = ""
    lines: int = 1
    is_hidden: bool = False


class Table(Protocol):
    """A file known to be a table; it is never held in memory as a whole."""

    @property
    def name(self) -> str:
        """Return the file's name without its folder."""
        ...

    @property
    def sha256(self) -> str:
        """Return the hash of the file's bytes, in hexadecimal."""
        ...

    @property
    def sheets(self) -> Sequence[str]:
        """Return the names of its sheets; none where a file has no such thing."""
        ...

    @property
    def delimiter(self) -> str:
        """Return what parts its cells; empty in a workbook."""
        ...

    @property
    def encoding(self) -> str:
        """Return how its text is encoded; empty in a workbook."""
        ...

    def rows(self) -> Iterator[TableRow]:
        """Yield every row that is not empty, from the first one each time.

        Raises: BookUnreadable.
        """
        ...


class Tables(Protocol):
    """Opens a lender's own file, whatever its kind."""

    def open(
        self,
        path: Path,
        *,
        name: str = "",
        sheet: str = "",
        delimiter: str = "",
        encoding: str = "",
    ) -> Table:
        """Return a file as a table; sign and encoding are found out where they are not told, the
        first sheet is taken where none is named. `name` stands for a file that lies under another.

        Raises: BookUnreadable.
        """
        ...
