"""Documents set by typst from the templates of app/templates/documents: PDF/A-3b, tagged, the same
bytes each time.
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import segno
import typst

from app.integrations.documents.fonts import MACHINE_FONTS, font_folders
from app.ports.documents import GlyphMissing

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "documents"
UNDISPLAYED = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# The sign of Chinese typesetting for a missing type; our own fonts have it.
PLACEHOLDER = "〓"
MOST_TRIES = 40


class TypstMaker:
    """Values go in as JSON, so that no text of theirs is ever read as markup."""

    def __init__(self, machine_fonts: Sequence[Path] = MACHINE_FONTS) -> None:
        self._font_folders = font_folders(machine_fonts)
        self._lock = threading.Lock()
        self._fonts: typst.Fonts | None = None
        self._mine = threading.local()

    def make(self, name: str, values: Mapping[str, Any]) -> bytes:
        """Return the PDF of a document; the same values give the same bytes.

        Raises: GlyphMissing naming every character that no font has.
        """
        given = dict(values)
        if "check_url" in given:
            # Level M reads with some 15% of the picture lost: papers are folded and copied.
            given["check_qr"] = segno.make_qr(given["check_url"], error="m").svg_inline(
                border=0, omitsize=True
            )

        text = json.dumps(given, ensure_ascii=False)
        try:
            return self._compile(name, text)
        except typst.TypstError as fault:
            missing = self._missing(name, text, str(fault.message))
            if not missing:
                raise
            raise GlyphMissing(missing) from fault

    def _compile(self, name: str, text: str) -> bytes:
        made = self._compiler(name).compile(
            # A fixed time stamp: the same values must give the same bytes (ADR 0020).
            format="pdf",
            sys_inputs={"values": text},
            # 3 and not 2: the paper carries files of its own (ADR 0055).
            pdf_standards=["a-3b"],
            timestamp=0,
        )
        if not isinstance(made, bytes):
            raise TypeError(f"{name}: typst made no single file")

        return made

    def _missing(self, name: str, text: str, message: str) -> str:
        """Return the characters that cannot be set, found by leaving them out one after the
        other.
        """
        missing = ""
        # typst names one run of characters at a time; all of them are wanted at once, so that staff
        # need not mend and try again.
        for _ in range(MOST_TRIES):
            found = UNDISPLAYED.search(message)
            if found is None:
                break
            for character in ESCAPED.sub(lambda one: chr(int(one[1], 16)), found.group(1)):
                missing += "" if character in missing else character
                text = text.replace(character, PLACEHOLDER)

            try:
                self._compile(name, text)
                break
            except typst.TypstError as fault:
                message = str(fault.message)

        return missing

    def _compiler(self, name: str) -> typst.Compiler:
        """One compiler a thread and document: a compiler is not to be shared between threads."""
        # Kept, because compiling the template anew costs most of the time of a paper.
        mine: dict[str, typst.Compiler] = self._mine.__dict__.setdefault("compilers", {})
        if name not in mine:
            mine[name] = typst.Compiler(
                TEMPLATES / f"{name}.typ",
                root=TEMPLATES,
                font_paths=self._all_fonts(),
                # Else a paper would depend on what happens to be installed on the host.
                ignore_system_fonts=True,
            )

        return mine[name]

    def _all_fonts(self) -> typst.Fonts:
        with self._lock:
            if self._fonts is None:
                self._fonts = typst.Fonts(
                    include_system_fonts=False,
                    include_embedded_fonts=False,
                    font_paths=self._font_folders,
                )
            return self._fonts
