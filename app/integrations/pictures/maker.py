"""Pictures made anew in a process of its own, limited in time and memory."""

import subprocess  # nosec B404 - our own program, no shell, nothing of the file in its arguments
import sys
from pathlib import Path

import puremagic

from app.domain.errors import GatewayDown
from app.ports.pictures import Fault, PictureRefused

WORKER = Path(__file__).with_name("worker.py")
SECONDS = 15
KINDS = {"image/jpeg": "image", "image/png": "image", "application/pdf": "pdf"}
LENGTH_BYTES = 4
# How the worker ends where it refuses, and what that means.
REFUSALS: dict[int, Fault] = {3: "unreadable", 4: "too_large", 5: "too_many_pages"}
PDF, ZIP_END, PAGE = b"%PDF-", b"PK\x05\x06", (b"<html", b"<script", b"<svg", b"<?php")
# What an iPhone keeps its photos in, where its browser does not convert them.
HEIC = (b"ftypheic", b"ftypheix", b"ftypheim", b"ftyphevc", b"ftypmif1", b"ftypmsf1")
# A ZIP is read from its end, which lies within so many bytes of it.
ZIP_TAIL = 65_558


class LimitedPictures:
    """Judges a file by its content; what decodes it can neither write nor go on for long."""

    def __init__(self, seconds: int = SECONDS) -> None:
        self._seconds = seconds

    def pictures(self, content: bytes) -> tuple[bytes, ...]:
        """Return a JPEG a page."""
        kind = _kind(content)
        try:
            done = subprocess.run(  # noqa: S603  # nosec B603
                [sys.executable, "-I", str(WORKER), kind],
                input=content,
                capture_output=True,
                timeout=self._seconds,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired as slow:
            raise PictureRefused("too_large") from slow
        except OSError as problem:
            raise GatewayDown(str(problem.strerror)) from problem
        if done.returncode:
            # Killed for its time or memory, or ended by a fault of a decoder: either way the file
            # is not taken.
            raise PictureRefused(REFUSALS.get(done.returncode, "too_large"))
        return tuple(_frames(done.stdout))


def _kind(content: bytes) -> str:
    """Return how to read a file by what it holds, never by its name. Source: V5.2.2."""
    try:
        kind = KINDS.get(puremagic.from_string(content, mime=True), "")
    except (puremagic.PureError, ValueError):  # nothing known, or nothing at all
        kind = ""
    if content[4:12] in HEIC:
        raise PictureRefused("heic")
    if not kind or (kind == "pdf" and not content.startswith(PDF)):
        raise PictureRefused("kind")
    if _is_mixed(content, kind):
        raise PictureRefused("mixed")
    return kind


def _is_mixed(content: bytes, kind: str) -> bool:
    """Tell whether other programs would read the file as something else. Nothing of it is kept, but
    who sends one means no good.
    """
    if ZIP_END in content[-ZIP_TAIL:]:
        return True
    lower = content.lower()
    return kind == "image" and (PDF in content or any(one in lower for one in PAGE))


def _frames(stream: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(stream):
        end = at + LENGTH_BYTES + int.from_bytes(stream[at : at + LENGTH_BYTES], "big")
        found.append(stream[at + LENGTH_BYTES : end])
        at = end
    if not found or at != len(stream):
        raise PictureRefused("unreadable")
    return found
