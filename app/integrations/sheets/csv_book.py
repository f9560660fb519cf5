"""A CSV file in GB18030 or UTF-8, read as a stream."""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from app.ports.book import BookLine, BookUnreadable

BLOCK_BYTES = 1024 * 1024


class CsvBook:
    """One file on disk. Raises BookUnreadable when it is neither encoding or has no header."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        try:
            # The whole file is read once for both: bytes that are valid at first may turn out to be
            # GB18030 at the very end.
            self.encoding, self.sha256 = _scan(path)
        except OSError as error:
            raise BookUnreadable("打不开这个文件，请检查路径和权限") from error

        first = next(self._rows(), None)
        if first is None:
            raise BookUnreadable("文件是空的，请重新导出")

        self.headers = first.cells

    def lines(self) -> Iterator[BookLine]:
        """Yield the rows after the headers."""
        rows = self._rows()
        next(rows, None)
        yield from rows

    def _rows(self) -> Iterator[BookLine]:
        with self.path.open(encoding=self.encoding, errors="strict", newline="") as text:
            reader = csv.reader(text)
            start = 1
            try:
                for cells in reader:
                    # Empty lines are no rows, but their numbers count: people look the line up in
                    # their editor.
                    if any(map(str.strip, cells)):
                        yield BookLine(start, cells)
                    start = reader.line_num + 1
            except csv.Error as error:
                raise BookUnreadable(f"第 {start} 行附近的引号或换行不完整，请重新导出") from error


def _scan(path: Path) -> tuple[str, str]:
    """Return the encoding and the hash; a file that is UTF-8 throughout is UTF-8."""
    digest = hashlib.sha256()
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    gb18030: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("gb18030")()

    with path.open("rb") as file:
        start = file.read(BLOCK_BYTES)
        has_mark = start.startswith(codecs.BOM_UTF8)
        block = start

        while True:
            digest.update(block)
            # Decoded block by block and thrown away: a file is larger than memory should be.
            utf8, gb18030 = _fed(utf8, block), _fed(gb18030, block)
            if not block:
                break
            block = file.read(BLOCK_BYTES)

    # UTF-8 first: almost no GB18030 text is valid UTF-8, while nearly everything is valid GB18030.
    if utf8 is not None:
        return "utf-8-sig" if has_mark else "utf-8", digest.hexdigest()
    # A file that says it is UTF-8 and is not was damaged on the way.
    if gb18030 is None or has_mark:
        raise BookUnreadable

    return "gb18030", digest.hexdigest()


def _fed(
    decoder: codecs.IncrementalDecoder | None, block: bytes
) -> codecs.IncrementalDecoder | None:
    """Return the decoder after one more block, the empty one being the end; None once the bytes are
    not its own.
    """
    if decoder is None:
        return None
    try:
        decoder.decode(block, final=not block)
    except UnicodeDecodeError:
        return None
    return decoder
