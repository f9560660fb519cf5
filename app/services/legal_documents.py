"""The documents a person agrees to: names, versions and the hash of each text."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from app.domain.errors import NotFound
from app.domain.explanation import N_

TEXTS = Path(__file__).resolve().parent.parent / "templates" / "public" / "legal"


@dataclass(frozen=True, slots=True)
class LegalDocument:
    """One document in force; a changed text needs a new version, which people are asked to agree to again."""

    name: str
    title: str
    version: str
    effective_on: date
    sha256: str


_IN_FORCE = (
    ("user-agreement", N_("用户协议"), "2026-11-01.1", date(2026, 11, 1)),
    ("privacy", N_("隐私政策"), "2026-11-01.1", date(2026, 11, 1)),
)


@cache
def current_documents() -> tuple[LegalDocument, ...]:
    """Return the documents in force, in the order they are read.

    Units: sha256 is over the bytes of the text as stored, before the lender's name and numbers are filled in.
    Source: U-13, I-01.
    """
    return tuple(
        LegalDocument(name, title, version, effective_on, hashlib.sha256(text_path(name).read_bytes()).hexdigest())
        for name, title, version, effective_on in _IN_FORCE
    )


def current_document(name: str) -> LegalDocument:
    """Return one document in force. Raises: NotFound."""
    for document in current_documents():
        if document.name == name:
            return document
    raise NotFound(name)


def text_path(name: str) -> Path:
    """Return where a document's text is stored."""
    return TEXTS / f"{name}.html"
