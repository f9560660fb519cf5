"""Gateways with large libraries: each is made, and its library loaded, when first asked for."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, BinaryIO, Generic, TypeVar

from app.integrations.documents.fonts import font_folders
from app.integrations.paper_lane import PaperLane
from app.integrations.sheets.sizes import MOST_ROWS
from app.integrations.signing.keys import SigningKey, StampAuthority
from app.ports.documents import DocumentMaker, SealFound, Signer, StampedPdf
from app.ports.sheets import Sheet, SheetFormat, SheetWriter

Made = TypeVar("Made")


class FirstUse(Generic[Made]):
    """Makes a thing once, when the first thread asks; what could not be made is tried again."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Made | None = None

    def get(self) -> Made:
        """Return the thing; who asks while it is being made waits."""
        with self._lock:
            # Asked under the lock: loading takes a second, and two threads must not do it twice.
            if self._made is None:
                self._made = self._make()
            return self._made


class LateDocuments:
    """Documents set by typst, in a lane of their own."""

    def __init__(self, lane: PaperLane) -> None:
        font_folders()  # fonts that are missing are told at the start
        self._maker, self._lane = FirstUse(_typst), lane

    def make(self, name: str, values: Mapping[str, Any]) -> bytes:
        """Return the PDF of a document. Raises: GlyphMissing, GatewayDown."""
        return self._lane.run(lambda: self._maker.get().make(name, values))


class LateSigner:
    """Seals by pyHanko; the key and the certificates of the authority were read at the start."""

    def __init__(self, key: SigningKey, authority: StampAuthority, lane: PaperLane) -> None:
        self._signer, self._lane = FirstUse(lambda: _pades(key, authority)), lane

    def sign(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """Return the PDF with the lender's signature over all of it, dated `at`. Raises:
        GatewayDown.
        """
        return self._lane.run(lambda: self._signer.get().sign(pdf, reason=reason, at=at))

    def stamp(self, pdf: bytes, *, at: datetime) -> StampedPdf:
        """Return a signed PDF with a time stamp in its seal. Raises: GatewayDown."""
        # Not in the lane: it mostly waits for the authority.
        return self._signer.get().stamp(pdf, at=at)

    def read_seal(self, pdf: bytes) -> SealFound:
        """Tell whether a file carries the lender's signature over all of it, unaltered."""
        return self._signer.get().read_seal(pdf)


class LateXlsx:
    """Workbooks by rust_xlsxwriter."""

    is_one_file = True
    most_rows = MOST_ROWS

    def __init__(self) -> None:
        self._format = FirstUse(_xlsx)

    def writing(
        self, sheets: Sequence[Sheet], files: Sequence[BinaryIO], *, foot: str
    ) -> AbstractContextManager[SheetWriter]:
        """Write the headings and take rows."""
        return self._format.get().writing(sheets, files, foot=foot)


def _typst() -> DocumentMaker:
    # Imported here, so that a process that makes no paper is spared the library (ADR 0021).
    from app.integrations.documents.typst_maker import TypstMaker

    return TypstMaker()


def _pades(key: SigningKey, authority: StampAuthority) -> Signer:
    from app.integrations.signing.authorities import HttpAuthority, LocalAuthority
    from app.integrations.signing.pades import PadesSigner
    from app.integrations.signing.reading import read_anew

    return PadesSigner(
        key,
        authority=LocalAuthority(authority.key) if authority.key else HttpAuthority(authority.url),
        roots=read_anew(authority.roots),
    )


def _xlsx() -> SheetFormat:
    from app.integrations.sheets.xlsx_sheets import XlsxSheets

    return XlsxSheets()
