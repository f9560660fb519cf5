"""Rows that wait on disk until they are asked for, so that memory stays flat."""

import marshal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

BATCH = 200
# Of its forms the last that keeps no list of what it has seen before.
FORM = 2
SIZE_BYTES = 4


class RowSpool:
    """The rows of one sheet, in the order they came, and those that end it; numbers, texts and
    blanks.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.count = 0
        self.last: list[Sequence[Any]] = []
        self._file = file
        self._rows: list[Sequence[Any]] = []

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator["RowSpool"]:
        """Take rows into a file without a name, which is gone after the block."""
        with tempfile.TemporaryFile() as file:
            yield cls(file)

    def add(self, cells: Sequence[Any]) -> None:
        """Take a row."""
        self.count += 1
        self._rows.append(cells)
        if len(self._rows) == BATCH:
            self._put()

    def end(self, cells: Sequence[Any]) -> None:
        """Take a row that comes after all others."""
        self.count += 1
        self.last.append(cells)

    def rows(self) -> Iterator[Sequence[Any]]:
        """Yield every row but those that end the sheet."""
        self._put()
        self._file.seek(0)
        while size := self._file.read(SIZE_BYTES):
            # Written above, into a file that nobody else can open.
            piece = self._file.read(int.from_bytes(size))
            yield from marshal.loads(piece)  # noqa: S302 # nosec B302

    def _put(self) -> None:
        if self._rows:
            packed = marshal.dumps(self._rows, FORM)
            self._file.write(len(packed).to_bytes(SIZE_BYTES) + packed)
            self._rows = []
