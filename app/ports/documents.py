"""What the product needs to make documents, and to sign them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.domain.errors import DomainError
from app.domain.texts import N_


class GlyphMissing(DomainError):
    """No font has a character of the text: the document is not made, rather than made with a
    gap.
    """

    code = "glyph_missing"
    message = N_("文书里有一个字我们还打不出来，已经告诉工作人员，会尽快处理，您不用重填")

    def __init__(self, characters: str) -> None:
        self.characters = characters
        super().__init__()


@dataclass(frozen=True)
class SealFound:
    """What a signed PDF says of itself; `reason` tells in a code why it is not genuine, empty where
    it is.

    Reasons: not_a_pdf, too_large, unreadable, unsigned, other_key, altered,
    certificate_out_of_date, stamp_invalid. `number` is what the file calls itself: of a file that
    is not genuine it proves nothing. `stamped_at` is None without a time stamp; whether it needs
    one is the register's to say.
    """

    reason: str
    signed_at: datetime | None = None
    number: str = ""
    stamped_at: datetime | None = None

    @property
    def is_genuine(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reason


@dataclass(frozen=True)
class StampedPdf:
    """A signed PDF with a time stamp in its seal, and the instant the authority told."""

    pdf: bytes
    at: datetime


class DocumentMaker(Protocol):
    """Sets documents as PDF."""

    def make(self, name: str, values: Mapping[str, Any]) -> bytes:
        """Return an unsigned PDF of the named document; the same values give the same bytes.

        Raises: GlyphMissing.
        """
        ...


class Signer(Protocol):
    """Signs PDFs with the lender's key, and tells genuine ones from others."""

    def sign(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """Return the PDF with the lender's PAdES signature. Raises: GatewayDown when the key cannot
        be used now.
        """
        ...

    def stamp(self, pdf: bytes, *, at: datetime) -> StampedPdf:
        """Return a signed PDF with an authority's time stamp (RFC 3161) in its seal; what was
        signed is not touched.

        `at` is the instant of the use case: an authority in development goes by it, a real one by
        its own clock. Raises: GatewayDown when there is no valid stamp within a few seconds.
        """
        ...

    def read_seal(self, pdf: bytes) -> SealFound:
        """Tell whether a file carries the lender's signature over all of it, unaltered; never
        raises for a bad file.
        """
        ...
