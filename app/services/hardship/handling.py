"""A sensitive reason is opened on record, and taken back."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Plan, PlanDraft, PlanVersion
from app.ports.vault import Vault
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.hardship.records import (
    CONSENT,
    Hardship,
    hardship_of,
    open_hardship,
    seal_hardship,
)
from app.services.signin.consents import withdraw_consent


def read_hardship(session: Session, context: Context, *, version_public_id: str) -> Hardship | None:
    """Open all that was told with a version; reading a sensitive reason is on record.

    Raises: NotFound.
    Source: I-02, U22.
    """
    with transaction(session):
        hardship = hardship_of(session, context, version_public_id=version_public_id)
        # Only reading a sensitive one is on record: entries for every look would bury those that
        # matter.
        if hardship is not None and hardship.is_sensitive:
            audit.record(
                session,
                context,
                action="hardship.read",
                object_kind="plan_version",
                object_id=version_public_id,
            )

        return hardship


def withdraw_reason(session: Session, context: Context, *, borrower_id: int) -> bool:
    """Withdraw the consent to keep a sensitive reason and delete every one that is kept; return
    whether there was one.

    Idempotent on: the consent.
    Source: I-01, I-02, I-05.
    """
    with transaction(session):
        return take_reason_back(session, context, borrower_id=borrower_id)


def take_reason_back(session: Session, context: Context, *, borrower_id: int) -> bool:
    """Do so within another use case. Never commits."""
    # Where no consent is held, no sensitive reason can be kept either.
    if not withdraw_consent(session, context, borrower_id=borrower_id, name=CONSENT):
        return False

    for draft in session.scalars(select(PlanDraft).where(PlanDraft.borrower_id == borrower_id)):
        # Sealed anew without the reason: income stays, it needs no consent (ADR 0010).
        draft.hardship_enc = _wiped(
            draft.hardship_enc, context.vault, "plan_drafts", draft.request_key
        )

    mine = select(PlanVersion.id, PlanVersion.public_id, PlanVersion.hardship_enc).join(
        Plan, Plan.id == PlanVersion.plan_id
    )
    told = mine.where(Plan.borrower_id == borrower_id, PlanVersion.hardship_enc.is_not(None))
    for row in session.execute(told):
        wiped = _wiped(row.hardship_enc, context.vault, "plan_versions", row.public_id)
        # By statement and not through the mapped row, which was not loaded; the trigger guards only
        # the terms.
        session.execute(
            update(PlanVersion).where(PlanVersion.id == row.id).values(hardship_enc=wiped)
        )

    audit.record(
        session,
        context,
        action="consent.withdrawn",
        object_kind="borrower",
        object_id=context.actor.who.partition(":")[2],
        after={"document": CONSENT},
    )

    return True


def _wiped(sealed: bytes | None, vault: Vault, table: str, row: str) -> bytes | None:
    hardship = open_hardship(sealed, vault=vault, table=table, row=row)
    if hardship is None or not hardship.is_sensitive:
        return sealed
    return seal_hardship(hardship.without_reason, vault=vault, table=table, row=row)
