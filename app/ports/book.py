"""What the product needs of a file with one row a loan, whatever its format."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from app.domain.errors import RuleBroken
from app.domain.texts import N_


class BookUnreadable(RuleBroken):
    """The file cannot be read as a table at all."""

    code = "unreadable"
    message = N_("文件读不出来，请确认是 CSV，编码为 GB18030 或 UTF-8")


class BookLine(NamedTuple):
    """One row with the number of its first line; the line of the headers is 1."""

    number: int
    cells: Sequence[str]


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

    def lines(self) -> Iterator[BookLine]:
        """Yield the rows after the headers, from the first one each time; rows without any text are
        left out.

        Raises: BookUnreadable.
        """
        ...
