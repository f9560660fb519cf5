"""A borrower tells in confidence why it is hard, and what they earn; what is kept of it."""

from sqlalchemy import select

from app.domain.budget import Budget
from app.models import AuditEntry, Consent, PlanVersion
from app.services.affordability.telling import leave_budget_out, tell_budget
from app.services.hardship.records import CONSENT, told_with
from app.services.proposals.basis import Answers
from app.services.proposals.draft_queries import draft_of
from app.services.proposals.drafts import save_answers, save_reason
from app.services.proposals.queries import plan_check
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS, Proposed, actor_of, submit


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
    """Told as two sums and looked at; left out where there are none."""
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    if income_fen is None:
        leave_budget_out(session, acting(vault=vault), **mine)
        return
    part = Budget.of_sums(income_fen, essential_fen)
    tell_budget(session, acting(vault=vault), part=part, **mine)
    save_answers(session, acting(vault=vault), given=Answers(is_income_done=True), **mine)


def draft(session, vault, borrower, loan):
    return draft_of(session, acting(vault=vault), borrower_id=borrower.id, loan_id=loan.id)


def actions(session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def consents_of(session, borrower):
    rows = select(Consent).where(Consent.borrower_id == borrower.id, Consent.document == CONSENT)
    return session.scalars(rows.order_by(Consent.id)).all()


def submit_told(session, vault, site, borrower, loan) -> str:
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(), given=ANSWERS, **mine)
    view = plan_check(session, acting(vault=vault), **mine)
    session.commit()
    proposed = Proposed(
        borrower, loan, actor_of(borrower), view.shown_sha256, view.journey.request_key
    )
    return submit(session, vault, site, proposed)


def told_of(session, vault, version):
    """What the desk may read at once of what was told with a version."""
    found = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    return told_with(acting(vault=vault), version=found)
