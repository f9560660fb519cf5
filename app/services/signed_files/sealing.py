"""A paper is set, sealed, stamped and stored: the steps that every kind of it shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.ports.gateways import Gateways
from app.services.signed_files.keeping import StoredPdf, store_pdf


@dataclass(frozen=True)
class SealedPdf:
    """A stored PDF and when the authority stamped it, by its own clock."""

    stored: StoredPdf
    stamped_at: datetime


def sealed_pdf(
    gateways: Gateways, *, document: str, values: Mapping[str, Any], at: datetime
) -> SealedPdf:
    """Set a document, seal it with the lender's key at an instant, stamp it and store it, before
    the commit of the row that names it.

    Not idempotent; what no row comes to name is swept. A file without its time stamp is not kept:
    nobody gets a paper that another replaces.
    Raises: GlyphMissing, GatewayDown; then nothing is stored.
    Source: ADR 0078.
    """
    plain = gateways.documents.make(document, values)
    sealed = gateways.signer.sign(plain, reason=values["number"], at=at)
    stamped = gateways.signer.stamp(sealed, at=at)
    return SealedPdf(store_pdf(gateways, stamped.pdf), stamped.at)
