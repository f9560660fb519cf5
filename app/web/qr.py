"""A QR code as the path of an svg, so that it needs no picture file and no inline style."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import segno

# Modules of white around it, as the standard asks for; without them cameras do not find it.
QUIET = 4


@dataclass(frozen=True)
class QrPicture:
    """A square of `size` modules, its quiet edge included, and the path of the dark ones."""

    size: int
    path: str


def qr_picture(text: str) -> QrPicture:
    """Draw a text; error correction M, so that a crumpled print still reads. Chinese is written as
    phones read it, never in the signs for Japanese that the standard would take.
    """
    encoding = None if text.isascii() else "utf-8"
    made = segno.make(text, error="m", micro=False, encoding=encoding)
    rows = [bytes(row) for row in made.matrix]
    path = "".join(
        f"M{start + QUIET} {line + QUIET}h{count}v1h-{count}z"
        for line, row in enumerate(rows)
        for start, count in _dark_runs(row)
    )

    return QrPicture(len(rows) + 2 * QUIET, path)


def _dark_runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Where dark modules begin, and how many stand together."""
    start = 0
    for is_dark, modules in groupby(row):
        count = len(list(modules))
        if is_dark:
            yield start, count
        start += count
