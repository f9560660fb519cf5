"""Pictures and papers as phones send them, and some as nobody honest does."""

import io
import struct
import zlib

from PIL import Image


def photo(size=(640, 480), *, form="JPEG", mode="RGB", exif=None, colour=(200, 180, 40)) -> bytes:
    made = io.BytesIO()
    extra = {"exif": exif} if exif is not None else {}
    Image.new(mode, size, colour).save(made, form, **extra)
    return made.getvalue()


def located() -> bytes:
    """A photo that knows where it was taken, by whom, and how the phone was held."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0132], exif[0x0112] = "HUAWEI-LILEI", "2026:11:20 08:00:00", 6
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 5.0)
    return photo((640, 480), exif=exif)


def pdf(pages=1, *, box=(595, 842)) -> bytes:
    made = io.BytesIO()
    sheets = [Image.new("RGB", box, "white") for _ in range(pages)]
    sheets[0].save(made, "PDF", save_all=True, append_images=sheets[1:])
    return made.getvalue()


def bomb(side=30_000) -> bytes:
    """A small PNG that says it is very large, all of it there."""
    row = zlib.compress(b"\0" * (side // 8 + 1) * side, 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", row) + _chunk(b"IEND")


def _chunk(name: bytes, content: bytes = b"") -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check
