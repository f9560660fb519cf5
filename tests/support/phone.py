"""A proposal filled in with its borrower on the phone the way staff do it: shown first, then
entered.
"""

from app.services.assisted.entering import enter_proposal, rehearse_entry


def enter(session, context, loan, spoken, *, key="k1") -> None:
    """Shown and entered."""
    shown = rehearse_entry(session, context, loan_public_id=loan.public_id, spoken=spoken)
    enter_proposal(
        session,
        context,
        loan_public_id=loan.public_id,
        spoken=spoken,
        shown_sha256=shown.sha256,
        request_key=key,
    )
