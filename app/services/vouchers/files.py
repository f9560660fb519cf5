"""The sealed PDF of a voucher: made when it is first asked for, the same bytes ever after."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Voucher, VoucherFile
from app.ports.gateways import Gateways
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import line_up, transaction
from app.services.signed_files.keeping import KeptPdf, read_pdf
from app.services.signed_files.sealing import sealed_pdf
from app.services.vouchers.paper import DOCUMENT, paper_values
from app.services.vouchers.queries import own_vouchers


@dataclass(frozen=True)
class VoucherPdf:
    """The sealed document, byte by byte as it is kept."""

    number: str
    title: str
    pdf: bytes = field(repr=False)


def make_voucher_file(
    session: Session, context: Context, *, borrower_id: int, public_id: str
) -> None:
    """Set, seal, stamp and store the PDF of a borrower's voucher, unless it is there.

    Idempotent on: the voucher; of two at once the first is kept, the sweep takes the other's.
    Raises: NotFound, also for one of someone else; GlyphMissing, GatewayDown.
    Source: ADR 0078, ADR 0084.
    """
    found, file = _mine(session, borrower_id, public_id)
    if file is not None:
        return
    key = found.id
    values = paper_values(
        number=found.number,
        text=found.text,
        text_sha256=found.text_sha256,
        check_code=found.check_code,
        base_url=context.site.base_url,
        sealed_at=context.now,
    )
    # No connection is kept from others while it is made and stamped.
    session.rollback()
    made = sealed_pdf(context.gateways, document=DOCUMENT, values=values, at=context.now)

    with transaction(session):
        line_up(session, context.vault.fingerprint(public_id, purpose="voucher"))
        if session.get(VoucherFile, key) is not None:
            return
        session.add(
            VoucherFile(
                voucher_id=key,
                folder=made.stored.folder,
                sha256=made.stored.sha256,
                size=made.stored.size,
                sealed_at=context.now,
                stamped_at=made.stamped_at,
            )
        )
        audit.record(
            session,
            context,
            action="voucher.sealed",
            object_kind="voucher",
            object_id=public_id,
            after={"number": values["number"], "sha256": made.stored.sha256},
        )


def own_voucher_pdf(
    session: Session, *, gateways: Gateways, borrower_id: int, public_id: str
) -> VoucherPdf:
    """Return the PDF of a borrower's voucher as it is kept, also where it says no more what is so:
    its check page tells that.

    Raises: NotFound, also for one of someone else and where none is made yet; PaperDiffers,
            GatewayDown.
    """
    found, file = _mine(session, borrower_id, public_id)
    if file is None:
        raise NotFound
    kept = KeptPdf(None, file.folder, file.sha256)
    number, title = found.number, found.text["title"]
    # No connection is kept from others while the store is read.
    session.rollback()
    return VoucherPdf(number, title, read_pdf(gateways, kept))


def _mine(session: Session, borrower_id: int, public_id: str) -> tuple[Voucher, VoucherFile | None]:
    query = own_vouchers(borrower_id).where(Voucher.public_id == public_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]
