"""Which consents a borrower has given, and which are still to give."""

from sqlalchemy import BigInteger, Exists, SQLColumnExpression, exists, literal, select
from sqlalchemy.orm import Session

from app.models import Consent
from app.services.signin.legal_documents import LegalDocument, current_documents


def documents_to_agree(session: Session, *, borrower_id: int) -> tuple[LegalDocument, ...]:
    """Return the current documents this borrower has not agreed to in this version and text.
    Source: I-08, U-13.
    """
    given = select(Consent.document, Consent.version, Consent.sha256).where(
        Consent.borrower_id == borrower_id, Consent.withdrawn_at.is_(None)
    )
    held = {(row.document, row.version, row.sha256) for row in session.execute(given)}
    return tuple(
        one for one in current_documents() if (one.name, one.version, one.sha256) not in held
    )


def consent_held(borrower_id: SQLColumnExpression[int], *, document: str) -> Exists:
    """Return what holds of a borrower whose consent to a document, in whatever version, is given
    and not withdrawn.
    """
    # Any version counts: taking back a consent takes back every text of it.
    return exists().where(
        Consent.borrower_id == borrower_id,
        Consent.document == document,
        Consent.withdrawn_at.is_(None),
    )


def holds_consent(session: Session, *, borrower_id: int, document: str) -> bool:
    """Tell whether a borrower's consent to a document is given and not withdrawn."""
    held = consent_held(literal(borrower_id, BigInteger), document=document)
    return bool(session.scalar(select(held)))
