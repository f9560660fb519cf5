"""The answers kept for a loan, as they were given so far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import PlanDraft
from app.services.core.context import Context
from app.services.hardship.records import Hardship, open_hardship
from app.services.proposals.basis import Answers

TABLE = "plan_drafts"


@dataclass(frozen=True)
class DraftAnswers:
    """What a borrower answered and told in confidence, and the key that makes a submission of it
    happen once.

    `entered_by` is the person of the staff who filled it in for the borrower, if any.
    """

    answers: Answers
    request_key: str
    hardship: Hardship | None = None
    entered_by: str | None = None


def draft_of(
    session: Session, context: Context, *, borrower_id: int, loan_id: int
) -> DraftAnswers | None:
    """Return the answers kept for a loan, unless they lapsed."""
    row = draft_row(session, borrower_id=borrower_id, loan_id=loan_id)
    # A lapsed draft is as absent as none also before the job has deleted it (I-04).
    if row is None or row.expires_at <= context.now:
        return None
    told = open_hardship(row.hardship_enc, vault=context.vault, table=TABLE, row=row.request_key)
    answers = replace(_read(row.answers), surplus_fen=told.surplus_fen if told else None)
    return DraftAnswers(answers, row.request_key, told, row.entered_by)


def draft_row(session: Session, *, borrower_id: int, loan_id: int) -> PlanDraft | None:
    """Return the stored draft on a loan, also one that lapsed."""
    query = select(PlanDraft).where(
        PlanDraft.borrower_id == borrower_id, PlanDraft.loan_id == loan_id
    )
    return session.scalars(query).one_or_none()


def _read(stored: Mapping[str, Any]) -> Answers:
    # Drafts live for 90 days and outlive releases: unknown names are left aside, new ones are open
    # questions.
    values = {name: stored.get(name) for name in Answers.__dataclass_fields__}
    if values["pay_on"] is not None:
        values["pay_on"] = date.fromisoformat(values["pay_on"])
    return Answers(**values)
