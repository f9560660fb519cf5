"""Every agreement has the very file that was signed, every certificate and voucher that has one the
very file that was sealed, wherever it lies.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

from sqlalchemy import LargeBinary, Select, func, null, select, type_coerce
from sqlalchemy.orm import Session

from app.domain.errors import GatewayDown
from app.models import Agreement, AgreementFile, Certificate, CertificateFile, Voucher, VoucherFile
from app.ports.gateways import Gateways
from app.services.certificates.text import text_sha256
from app.services.signed_files.keeping import KeptPdf, PaperDiffers, read_pdf

BATCH = 20
# Some minutes at ten milliseconds a file of a store elsewhere; so 300,000 are read in 15 nights.
A_NIGHT = 20_000
EVER = datetime.max.replace(tzinfo=UTC)


def untrue_files(session: Session, *, gateways: Gateways, night: date | None) -> Iterator[str]:
    """Yield each agreement, certificate or voucher whose stored file is not the one that was
    signed, or is gone; where the store does not answer, that.

    That it is there, and that its name bears the hash, is looked at for all; of those in the
    storage some `A_NIGHT` are read, others each night, and all where no `night` is given.
    Source: quality, I5 and I11; ADR 0073.
    """
    try:
        yield from _untrue(session, gateways, night)
    except GatewayDown:
        yield "the file store does not answer: not all files were looked at"


def untrue_texts(session: Session) -> Iterator[str]:
    """Yield each certificate or voucher whose text is not the one that was issued, or names another
    kind.

    Source: quality, I5; I-11.
    """
    certificates = select(Certificate.text, Certificate.text_sha256, Certificate.kind)
    vouchers = select(Voucher.text, Voucher.text_sha256, Voucher.kind, Voucher.public_id)
    for query in (certificates.order_by(Certificate.id), vouchers.order_by(Voucher.id)):
        rows = session.execute(query.execution_options(yield_per=BATCH))
        for text, sha256, kind, *names in rows:
            if text_sha256(text) != sha256 or text.get("kind") != kind:
                number = text.get("number") or "".join(names)
                yield f"{number}: its text is not the one that was issued"


def _untrue(session: Session, gateways: Gateways, night: date | None) -> Iterator[str]:
    columns = AgreementFile.folder, CertificateFile.folder, VoucherFile.folder
    outside = sum(session.scalar(select(func.count(one))) or 0 for one in columns)
    is_its_turn = _turns(outside, night)
    # Listed after the rows are seen: what they name was written before them, and is never deleted.
    there = frozenset(gateways.agreements.folders(before=EVER)) if outside else frozenset()

    found = (
        session.execute(query.execution_options(yield_per=BATCH))
        for query in (_rows(), _certificates(), _vouchers())
    )
    for row in chain.from_iterable(found):
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


def _certificates() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Certificate.id,
            Certificate.text["number"].as_string().label("number"),
            CertificateFile.sha256.label("pdf_sha256"),
            type_coerce(null(), LargeBinary).label("pdf"),
            CertificateFile.folder,
        )
        .join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .order_by(Certificate.id)
    )


def _vouchers() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Voucher.id,
            Voucher.public_id.label("number"),
            VoucherFile.sha256.label("pdf_sha256"),
            type_coerce(null(), LargeBinary).label("pdf"),
            VoucherFile.folder,
        )
        .join(VoucherFile, VoucherFile.voucher_id == Voucher.id)
        .order_by(Voucher.id)
    )


def _turns(count: int, night: date | None) -> Callable[[int], bool]:
    if night is None:
        return lambda _key: True
    nights = -(-count // A_NIGHT) or 1
    return lambda key: key % nights == night.toordinal() % nights
