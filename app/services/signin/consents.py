"""What a borrower agreed to: each document apart, by version and text."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Borrower, Consent
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.signin.consent_queries import documents_to_agree
from app.services.signin.legal_documents import document


class AgreementMissing(RuleBroken):
    """Not every document was ticked."""

    code = "agreement_missing"
    message = N_("请阅读并勾选")


def agree_documents(
    session: Session, context: Context, *, borrower_id: int, ticked: Collection[str]
) -> None:
    """Record one consent for each document that was open and is ticked.

    Idempotent on: document, version and text. Raises: AgreementMissing unless all open ones are
                   ticked.
    Source: I-01, I-08, U-13.
    """
    with transaction(session):
        # A double tap waits here.
        session.get_one(Borrower, borrower_id, with_for_update={"key_share": True})
        missing = documents_to_agree(session, borrower_id=borrower_id)
        # All or none: the service cannot be used with half of them, and one tick must not read as
        # both (U-13).
        if not {one.name for one in missing} <= set(ticked):
            raise AgreementMissing
        if not missing:
            return

        session.add_all(
            Consent(
                borrower_id=borrower_id,
                document=one.name,
                version=one.version,
                sha256=one.sha256,
                given_at=context.now,
                from_where=context.actor.from_where,
            )
            for one in missing
        )

        audit.record(
            session,
            context,
            action="borrower.agreed",
            object_kind="borrower",
            object_id=context.actor.who.partition(":")[2],
            after={one.name: one.version for one in missing},
        )


def give_consent(session: Session, context: Context, *, borrower_id: int, name: str) -> bool:
    """Record the consent to one document beside those of sign-in; return whether it is new. Never
    commits.

    Idempotent on: document, version and text.
    Source: I-02.
    """
    one = document(name=name)
    held = select(Consent.id).where(
        Consent.borrower_id == borrower_id,
        Consent.document == name,
        Consent.sha256 == one.sha256,
        Consent.withdrawn_at.is_(None),
    )
    if session.scalars(held).first() is not None:
        return False

    session.add(
        Consent(
            borrower_id=borrower_id,
            document=name,
            version=one.version,
            sha256=one.sha256,
            given_at=context.now,
            from_where=context.actor.from_where,
        )
    )

    return True


def withdraw_consent(session: Session, context: Context, *, borrower_id: int, name: str) -> bool:
    """Withdraw the consent to one document; return whether there was one. Never commits.

    Source: I-01.
    """
    mine = update(Consent).where(Consent.borrower_id == borrower_id, Consent.document == name)
    # Marked and not deleted: that there was a consent until now has to be provable (I-01).
    gone = session.execute(
        mine.where(Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=context.now)
        .returning(Consent.id)
    )

    return bool(gone.all())
