"""Up to which day money is on record, and since when a file of repayments lacks."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.states import KEPT_PLANS
from app.models import Plan
from app.services.keeping.accounts import covered_until

# Money of a day is on record in the course of the next one.
USUAL_DAYS = 2


@dataclass(frozen=True)
class Coverage:
    """`until_on` is the last day covered by a file, None before the first; `lacks_since_on` is the
    first day that is not, once its file is late and plans are kept; date.min before the first file.
    """

    until_on: date | None
    lacks_since_on: date | None = None


def coverage(session: Session, *, today: date) -> Coverage:
    """Tell up to which day money is on record: nobody is told missed for a day after it.

    Source: rules part 1, how a signed plan is kept: broken.
    """
    until = covered_until(session)
    if until is not None and today - until <= timedelta(days=USUAL_DAYS):
        return Coverage(until)
    kept = select(Plan.id).where(Plan.state.in_(KEPT_PLANS)).limit(1)
    if session.scalar(kept) is None:
        return Coverage(until)
    # Before the first file every day lacks.
    return Coverage(until, until + timedelta(days=1) if until else date.min)
