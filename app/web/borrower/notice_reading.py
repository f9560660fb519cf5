"""That a notice was read is noted once the page that shows it has left."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.services.loans.kept_plans import KeptPlan
from app.services.upholding.receiving import read_notice
from app.web import afterwards
from app.web.access import me
from app.web.context import context


def note_reading(shown: Iterable[KeptPlan | None]) -> None:
    """Note of plans on a page whose notices nobody has read yet that their borrower has."""
    numbers = [one.number for one in shown if one and one.is_unread]
    if not numbers:
        return
    acting, borrower_id = context(), me()

    def note(own: Session) -> None:
        for number in numbers:
            read_notice(own, acting, borrower_id=borrower_id, plan_number=number)

    afterwards.after_answer(note)
