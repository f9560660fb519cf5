"""Cells out of bytes: what is damaged or in another encoding than the file is told in its cell."""

import re
from collections.abc import Sequence

from app.domain.characters import DAMAGED

UTF8, GB18030 = "utf-8", "gb18030"
# Chinese in UTF-8: nothing but signs of three bytes and ASCII, in one cell.
_ASCII = rb"[\x20\x21\x23-\x2b\x2d-\x7e]*+"
_UTF8_CELL = re.compile(
    rb'(?<![^,"])' + _ASCII + rb"(?:[\xe3-\xe9][\x80-\xbf]{2}" + _ASCII + rb')++(?![^,"\r])'
)
# Hanzi of GB2312 that are valid in UTF-8 by chance: two or more, no letter beside them.
_PLAIN = rb"[\x20\x21\x23-\x2b\x2d-\x40\x5b-\x60\x7b-\x7e]*+"
_GB_CELL = re.compile(
    rb'(?<![^,"])' + _PLAIN + rb"(?:[\xc2-\xdf][\xa1-\xbf]" + _PLAIN + rb'){2,}+(?![^,"\r])'
)
# Signs and letters that people do write in UTF-8: §, ±, α.
_LATIN_OR_GREEK = re.compile("[\xa1-\xff]+|[\u0391-\u03ff]+")
# Where the hanzi in everyday use end in GB2312; the others follow, ordered by radical.
_EVERYDAY = range(0xB0A1, 0xD7FA)


def decoded(cells: Sequence[bytes], encoding: str) -> list[str]:
    """Return the cells as text; one that cannot be read, or is in another encoding, holds
    U+FFFD.
    """
    line = b",".join(cells)
    if line.isascii():
        return line.decode().split(",") if line.count(b",") < len(cells) else _each(cells, encoding)
    seems_foreign = _UTF8_CELL if encoding == GB18030 else _GB_CELL
    if not seems_foreign.search(line) and line.count(b",") < len(cells):
        try:
            return line.decode(encoding).split(",")
        except UnicodeDecodeError:
            pass
    return _each(cells, encoding)


def _each(cells: Sequence[bytes], encoding: str) -> list[str]:
    return [_text(cell, encoding) for cell in cells]


def _text(cell: bytes, encoding: str) -> str:
    if cell.isascii():
        return cell.decode()
    foreign = _foreign(cell, encoding)
    # Readable for whoever mends it, and never taken for a good one.
    return DAMAGED + foreign if foreign else cell.decode(encoding, errors="replace")


def _foreign(cell: bytes, encoding: str) -> str:
    """Return the cell as the other encoding reads it, where that is what it is in."""
    if encoding == UTF8:
        letters = "".join(one for one in cell.decode(errors="replace") if one > "\x7f")
        is_foreign = _GB_CELL.fullmatch(cell) and not _LATIN_OR_GREEK.fullmatch(letters)
        return cell.decode(GB18030) if is_foreign else ""
    if not _UTF8_CELL.fullmatch(cell):
        return ""
    text = cell.decode(UTF8)
    # Some words of GB18030 are valid in UTF-8 too: the reading with more everyday hanzi is right.
    return text if _everyday(text) > _everyday(cell.decode(GB18030, errors="replace")) else ""


def _everyday(text: str) -> float:
    beyond = [one for one in text if one > "\x7f"]
    common = (int.from_bytes(one.encode("gb2312", errors="ignore")) for one in beyond)
    return sum(code in _EVERYDAY for code in common) / len(beyond)
