"""The lines of a file as bytes, as an editor counts them, whatever stands in them."""

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK_BYTES = 1024 * 1024
# Far above any row; a longer line is counted and told, and never held in memory.
MOST_LINE_BYTES = 256 * 1024


class FileLine(NamedTuple):
    """One line without its end; content is empty where it is too long."""

    number: int
    content: bytes
    is_too_long: bool = False


def sha256_of(path: Path) -> str:
    """Return the hash of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def without_mark(line: FileLine) -> FileLine:
    """Return a file's first line without the mark that says it is UTF-8."""
    return line._replace(content=line.content.removeprefix(codecs.BOM_UTF8))


def line_end(path: Path) -> bytes:
    """Return what ends a line: LF, or CR in a file without any LF."""
    # A CR alone is a part of its cell where lines end otherwise: whoever looks a number up in an
    # editor counts by LF.
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if b"\n" in block:
                return b"\n"
    return b"\r"


def file_lines(path: Path, end: bytes) -> Iterator[FileLine]:
    """Yield every line, empty ones too, numbered from 1."""
    number, rest, is_too_long = 0, b"", False
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            *whole, rest = (rest + block).split(end)
            for content in whole:
                number += 1
                yield _line(number, content, is_too_long)
                is_too_long = False
            if len(rest) > MOST_LINE_BYTES:
                rest, is_too_long = b"", True
    if rest or is_too_long:
        yield _line(number + 1, rest, is_too_long)


def _line(number: int, content: bytes, is_too_long: bool) -> FileLine:
    if is_too_long or len(content) > MOST_LINE_BYTES:
        return FileLine(number, b"", is_too_long=True)
    return FileLine(number, content)
