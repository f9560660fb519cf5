"""What the product needs of a lender's own file: its rows as they stand, before any map reads them."""

from collections.abc import Iterator, Sequence
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
