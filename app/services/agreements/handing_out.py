"""The signed document of an agreement, handed to staff on record."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.stamps import check_stamped
from app.domain.texts import N_
from app.models import Agreement, AgreementFile
from app.services.agreements.queries import AgreementPdf
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction


class PaperDiffers(RuleBroken):
    """The stored file is not the one that was signed."""

    code = "pdf_differs"
    message = N_("这份协议的 PDF 和签署时的不一样，没有下载，请联系管理员核对")


def hand_out_pdf(session: Session, context: Context, *, number: str) -> AgreementPdf:
    """Return the signed document for a member of staff and note who took it.

    Not idempotent: every download is an entry of its own. Raises: NotFound, PaperDiffers,
    NotStampedYet.
    Source: rule book 9.
    """
    with transaction(session):
        found = session.execute(
            select(Agreement.pdf_sha256, AgreementFile.pdf, Agreement.stamp)
            .join(AgreementFile, AgreementFile.agreement_id == Agreement.id)
            .where(Agreement.number == number)
        ).one_or_none()
        if found is None:
            raise NotFound

        sha256, pdf, stamp = found
        check_stamped(stamp)
        # Another file must not leave the house under the agreement's number.
        if hashlib.sha256(pdf).hexdigest() != sha256:
            raise PaperDiffers
        audit.record(
            session,
            context,
            action="agreement.pdf_taken",
            object_kind="agreement",
            object_id=number,
            after={"sha256": sha256},
        )

    return AgreementPdf(number, pdf)
