"""A QR code as the path of an svg, so that it needs no picture file and no inline style."""

from dataclasses import dataclass

import segno

# Modules of white around it, as the standard asks for; without them cameras do not find it.
QUIET = 4


@dataclass(frozen=True)
class QrPicture:
    """A square of `size` modules, its quiet edge included, and the path of the dark ones."""

    size: int
    path: str


def qr_picture(text: str) -> QrPicture:
    """Draw a text; error correction M, so that a crumpled print still reads."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    path = "".join(
        f"M{column + QUIET} {line + QUIET}h1v1h-1z"
        for line, row in enumerate(rows)
        for column, is_dark in enumerate(row)
        if is_dark
    )

    return QrPicture(len(rows) + 2 * QUIET, path)
