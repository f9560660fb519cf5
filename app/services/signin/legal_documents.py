"""The documents people agree to: every version ever published, with its text and the hash of it."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from app.domain.errors import NotFound
from app.domain.texts import N_

TEXTS = Path(__file__).resolve().parents[2] / "templates" / "public" / "legal"


@dataclass(frozen=True)
class LegalDocument:
    """One version of one document. Its text is never edited once published: a change is a new
    version.
    """

    name: str
    version: str
    title: str
    published_on: date
    effective_on: date
    at_sign_in: bool = True

    @property
    def template(self) -> str:
        """The file that holds the text, under templates/public/legal."""
        return f"{self.name.replace('-', '_')}_{self.version}.html"

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the text as published, the lender's names still as places to fill."""
        # Over the file and not the rendered page: names and numbers filled in differ by
        # installation, the text does not.
        return hashlib.sha256((TEXTS / self.template).read_bytes()).hexdigest()


# The newest version of a document comes last; earlier ones stay readable, for consents name them.
PUBLISHED = (
    LegalDocument("user-agreement", "1", N_("用户协议"), date(2026, 11, 1), date(2026, 11, 8)),
    LegalDocument("privacy", "1", N_("隐私政策"), date(2026, 11, 1), date(2026, 11, 8)),
    LegalDocument(
        "sensitive_reason",
        "1",
        N_("私密原因的单独同意"),
        date(2026, 11, 24),
        date(2026, 11, 24),
        at_sign_in=False,
    ),
    LegalDocument(
        "sensitive_evidence",
        "1",
        N_("银行和看病材料的单独同意"),
        date(2026, 11, 27),
        date(2026, 11, 27),
        at_sign_in=False,
    ),
    LegalDocument(
        "transfer_proof",
        "1",
        N_("转账凭证的单独同意"),
        date(2026, 11, 28),
        date(2026, 11, 28),
        at_sign_in=False,
    ),
)


def current_documents() -> tuple[LegalDocument, ...]:
    """Return the newest version of each document everyone agrees to at sign-in, in the order people
    read them.

    Source: I-08, U-13.
    """
    # Later ones replace earlier ones of the same name; a dictionary keeps the place of the first.
    newest = {one.name: one for one in PUBLISHED if one.at_sign_in}
    return tuple(newest.values())


def document(*, name: str, version: str = "") -> LegalDocument:
    """Return one version of a document, the newest when none is named.

    Raises: NotFound.
    """
    found = [one for one in PUBLISHED if one.name == name and version in ("", one.version)]
    if not found:
        raise NotFound
    return found[-1]


def versions_of(name: str) -> tuple[LegalDocument, ...]:
    """Return every version of a document, newest first."""
    return tuple(one for one in reversed(PUBLISHED) if one.name == name)
