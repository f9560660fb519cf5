"""An appeal as those read it who answer it."""

from dataclasses import dataclass
from datetime import datetime

from app.models import Appeal
from app.services.core.context import Context


@dataclass(frozen=True)
class AppealText:
    """What a borrower wrote and when; `refused_by` is the person who may not answer it."""

    words: str
    filed_at: datetime
    refused_by: str
    answered_at: datetime | None


def appeal_text(context: Context, *, appeal: Appeal) -> AppealText:
    """Return an appeal against a refusal with its words opened."""
    words = context.vault.unseal(
        appeal.words_enc, table="appeals", row=appeal.public_id, column="words"
    )
    return AppealText(words, appeal.filed_at, appeal.refused_by, appeal.answered_at)
