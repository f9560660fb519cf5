"""An appeal as those read it who answer it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Appeal, PlanVersion
from app.services.core.context import Context


@dataclass(frozen=True)
class AppealText:
    """What a borrower wrote and when; `refused_by` is the person who may not answer it."""

    words: str
    filed_at: datetime
    refused_by: str
    answered_at: datetime | None


def appeal_of(session: Session, context: Context, *, version_public_id: str) -> AppealText | None:
    """Return the appeal against the refusal of a version, if one was filed."""
    of_version = select(Appeal).join(PlanVersion, PlanVersion.id == Appeal.version_id)
    found = session.scalars(
        of_version.where(PlanVersion.public_id == version_public_id)
    ).one_or_none()
    if found is None:
        return None
    words = context.vault.unseal(
        found.words_enc, table="appeals", row=found.public_id, column="words"
    )
    return AppealText(words, found.filed_at, found.refused_by, found.answered_at)
