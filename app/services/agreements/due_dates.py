"""When the payments of an agreement fall due, as rows that lists find it by. Pure."""

from app.domain.calendar import beijing_date
from app.domain.plan_terms import moved_of, read_terms
from app.models import Agreement, DueDate, PlanVersion


def due_dates_of(agreement: Agreement, version: PlanVersion) -> list[DueDate]:
    """Return the days that the paper of a stored agreement prints, months moved and the day of the
    signature included; number 0 is the first payment.

    Source: ADR 0004, 0008, 0047.
    """
    terms = read_terms(
        version.terms,
        moved=moved_of(version),
        signed_on=beijing_date(agreement.signed_at),
    )
    return [
        DueDate(agreement_id=agreement.id, number=one.number, due_on=one.due_on)
        for one in terms.payments
    ]
