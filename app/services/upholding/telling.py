"""Borrowers are told what became of a plan: an SMS in their language. Never commits."""

from datetime import date

from sqlalchemy.orm import Session

from app.models import Borrower, Plan
from app.services.core.context import Context
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import message_values, sms_text


def tell(
    session: Session,
    context: Context,
    *,
    plan: Plan,
    template: str,
    key: str,
    about: Occasion,
    **values: str | date,
) -> None:
    """Write an SMS about a plan, `values` beside its number; it goes while what it is about is so,
    not in quiet hours, and no cap of reminders counts it.

    Idempotent on: key.
    Source: default policy, reminders; C-01.
    """
    borrower = session.get_one(Borrower, plan.borrower_id)
    named = {**message_values(plan.number, context.site), **values}
    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="service",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=sms_text(template, language=borrower.language, **named),
        borrower_id=borrower.id,
        key=key,
        about=about,
    )
