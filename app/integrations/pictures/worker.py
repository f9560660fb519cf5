"""Run apart: reads a file from its input and writes its pages as JPEG; knows nothing of the product
and can open no file for writing.
"""

import io
import resource
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress

import pypdfium2
from PIL import Image, ImageOps

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 12
PIXELS = 64_000_000  # beyond what phones take
SIDE = 2400  # enough to read a page of small print
PAGES = 20
PDF_POINTS = 14_400  # the largest page that the format allows
QUALITY = 82
UNREADABLE, TOO_LARGE, TOO_MANY_PAGES = 3, 4, 5


def main(kind: str) -> int:
    """Return how it ended: 0 with all pages written, else why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    content = sys.stdin.buffer.read()
    try:
        made = list(_pages(content) if kind == "pdf" else [_jpeg(_photo(content))])
    except _TooManyPages:
        return TOO_MANY_PAGES
    except (
        MemoryError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        _TooLarge,
    ):
        return TOO_LARGE
    # Decoders raise whatever they like on a broken file.
    except Exception:
        return UNREADABLE
    for page in made:
        sys.stdout.buffer.write(len(page).to_bytes(4, "big") + page)
    return 0


class _TooManyPages(Exception):
    pass


class _TooLarge(Exception):
    pass


def _photo(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    image.draft("RGB", (SIDE, SIDE))  # a JPEG is decoded no larger than needed
    image.load()
    # A phone notes how it was held beside the picture; once that goes, the picture is turned.
    return ImageOps.exif_transpose(image)


def _pages(content: bytes) -> Iterator[bytes]:
    document = pypdfium2.PdfDocument(content)
    if len(document) > PAGES:
        raise _TooManyPages
    for number in range(len(document)):
        page = document[number]
        longest = max(page.get_size())
        if not 0 < longest <= PDF_POINTS:
            raise _TooLarge
        # No forms and no scripts: only what is drawn.
        yield _jpeg(page.render(scale=SIDE / longest, may_draw_forms=False).to_pil())
        page.close()


def _jpeg(image: Image.Image) -> bytes:
    """A new picture with the colours of the old one and nothing else of it."""
    image.thumbnail((SIDE, SIDE))
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        plain = Image.new("RGB", seen.size, "white")
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain = Image.new("RGB", image.size)
        plain.paste(image.convert("RGB"))
    made = io.BytesIO()
    plain.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


if __name__ == "__main__":
    code = main(sys.argv[1])
    with suppress(OSError):
        sys.stdout.flush()
    sys.exit(code)
