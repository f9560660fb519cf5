"""Every agreement has the very file that was signed, wherever it lies."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.domain.errors import GatewayDown
from app.models import Agreement, AgreementFile
from app.ports.gateways import Gateways
from app.services.signed_files.keeping import KeptPdf, PaperDiffers, read_pdf

BATCH = 20
# Some minutes at ten milliseconds a file of a store elsewhere; so 300,000 are read in 15 nights.
A_NIGHT = 20_000
EVER = datetime.max.replace(tzinfo=UTC)


def untrue_files(session: Session, *, gateways: Gateways, night: date | None) -> Iterator[str]:
    """Yield each agreement whose stored file is not the one that was signed, or is gone; where the
    store does not answer, that.

    That it is there, and that its name bears the hash, is looked at for all; of those in the
    storage some `A_NIGHT` are read, others each night, and all where no `night` is given.
    Source: quality, I5 and I11; ADR 0073.
    """
    try:
        yield from _untrue(session, gateways, night)
    except GatewayDown:
        yield "the file store does not answer: not all files were looked at"


def _untrue(session: Session, gateways: Gateways, night: date | None) -> Iterator[str]:
    outside = session.scalar(select(func.count(AgreementFile.folder))) or 0
    is_its_turn = _turns(outside, night)
    # Listed after the rows are seen: what they name was written before them, and is never deleted.
    there = frozenset(gateways.agreements.folders(before=EVER)) if outside else frozenset()

    for row in session.execute(_rows().execution_options(yield_per=BATCH)):
        kept = KeptPdf(row.pdf, row.folder, row.pdf_sha256)
        if kept.is_outside and kept.folder not in there:
            yield f"{row.number}: its file is gone"
        elif not kept.is_outside or not kept.is_named_so or is_its_turn(row.id):
            try:
                read_pdf(gateways, kept)
            except PaperDiffers:
                yield f"{row.number}: the file is not the one that was signed"


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Agreement.id,
            Agreement.number,
            Agreement.pdf_sha256,
            AgreementFile.pdf,
            AgreementFile.folder,
        )
        .outerjoin(AgreementFile, AgreementFile.agreement_id == Agreement.id)
        .order_by(Agreement.id)
    )


def _turns(count: int, night: date | None) -> Callable[[int], bool]:
    if night is None:
        return lambda _key: True
    nights = -(-count // A_NIGHT) or 1
    return lambda key: key % nights == night.toordinal() % nights
