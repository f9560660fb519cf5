"""What the product needs of a file with one row a loan, whatever its format."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from app.domain.errors import RuleBroken
from app.domain.texts import N_


class BookUnreadable(RuleBroken):
    """The file cannot be read as a table at all."""

    code = "unreadable"
    message = N_("文件读不出来，请确认是 CSV，编码为 GB18030 或 UTF-8")


class BookLine(NamedTuple):
    """One row with the number of its first line in the file, counted from 1.

    A cell that cannot be read holds U+FFFD. Of a row that cannot be parted into cells `fault` is
    the code, and its cells are a guess. `lines` is how many lines of the file the row takes up.
    """

    number: int
    cells: Sequence[str]
    fault: str = ""
    lines: int = 1


class Book(Protocol):
    """A file already known to be readable; it is never held in memory as a whole."""

    @property
    def name(self) -> str:
        """Return the file's name without its folder."""
        ...

    @property
    def sha256(self) -> str:
        """Return the hash of the file's bytes, in hexadecimal."""
        ...

    @property
    def headers(self) -> Sequence[str]:
        """Return the header cells as written."""
        ...

    @property
    def header_line(self) -> int:
        """Return the number of the line in which the headers begin."""
        ...

    @property
    def told(self) -> Mapping[str, Any]:
        """Return what is worth telling of how it was read, once its lines are through: `read_by` a
        map, `closing` rows that were left out, `hidden` rows that were not; nothing of these for
        the built-in file.
        """
        ...

    def lines(self) -> Iterator[BookLine]:
        """Yield the rows, from the first one each time: every line of the file with any text in it
        belongs to the headers, to a title above them, or to one row.

        Raises: BookUnreadable.
        """
        ...
