"""A borrower tells in confidence why it is hard, and what they earn; what is kept of it."""

from sqlalchemy import select

from app.models import AuditEntry, Consent
from app.services.hardship.records import CONSENT
from app.services.proposals.drafts import draft_of, save_income, save_reason
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import actor_of


def tell(session, vault, borrower, loan, reason, *, words="", has_consented=False, now=NOW):
    save_reason(
        session,
        acting(now=now, actor=actor_of(borrower), vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        reason=reason,
        words=words,
        has_consented=has_consented,
    )


def earn(session, vault, borrower, loan, income_fen, essential_fen):
    save_income(
        session,
        acting(vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        income_fen=income_fen,
        essential_fen=essential_fen,
    )


def draft(session, vault, borrower, loan):
    return draft_of(session, acting(vault=vault), borrower_id=borrower.id, loan_id=loan.id)


def actions(session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def consents_of(session, borrower):
    rows = select(Consent).where(Consent.borrower_id == borrower.id, Consent.document == CONSENT)
    return session.scalars(rows.order_by(Consent.id)).all()
