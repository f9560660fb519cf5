"""Pages of people's papers on their way out, and why a file was not taken, in words."""

from collections.abc import Mapping

from flask import Response

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.ports.pictures import PictureRefused
from app.web.filters import translated, words_of

FAULTS: Mapping[str, str] = {
    "kind": N_("没收：不是照片，也不是 PDF。拍一张，或者截个图就行"),
    "heic": N_("没收：这是 HEIC 格式，这里打不开。给它截个图再传就行"),
    "unreadable": N_("没收：打不开，可能没传完。再传一次，或者截个图再传"),
    "too_large": N_("没收：太大了，读不出来。截个图再传，会小很多"),
    "too_many_pages": N_("没收：页数太多。只要有用的那几页，截图或拍照就行"),
    "mixed": N_("没收：里面夹着别的东西。截个图再传就行"),
}


def refusal_words(refused: RuleBroken) -> str:
    """Why a file was not taken, and what to do."""
    if isinstance(refused, PictureRefused):
        return translated(FAULTS[refused.fault])
    return words_of(refused)


def page_file(content: bytes, page: int) -> Response:
    """One page as a download: never rendered as a page of ours, embedded nowhere, kept nowhere.

    Source: V3.2.1, V3.5.8.
    """
    response = Response(content, content_type="image/jpeg")
    response.headers.set("Content-Disposition", "attachment", filename=f"page-{page}.jpg")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
