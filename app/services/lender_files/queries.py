"""The files that were made, day by day, as finance sees them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import LenderFileSet
from app.services.lender_files.writing import MadeFile

PAGE_DAYS = 14


@dataclass(frozen=True)
class LenderDay:
    """The files of one day; `is_kept` while they may be taken."""

    public_id: str
    on: date
    files: tuple[MadeFile, ...]
    made_at: datetime
    is_kept: bool


@dataclass(frozen=True)
class LenderDays:
    """A page of days, the newest first; the next page comes before `next_before`."""

    days: tuple[LenderDay, ...]
    next_before: date | None


def lender_days(session: Session, *, before: date | None) -> LenderDays:
    """Return the days whose files were made, before one where it is given."""
    query = select(LenderFileSet).order_by(LenderFileSet.for_on.desc()).limit(PAGE_DAYS + 1)
    if before is not None:
        query = query.where(LenderFileSet.for_on < before)
    found = session.scalars(query).all()
    days = tuple(_day(one) for one in found[:PAGE_DAYS])
    return LenderDays(days, days[-1].on if len(found) > PAGE_DAYS else None)


def _day(one: LenderFileSet) -> LenderDay:
    files = tuple(MadeFile(**file) for file in one.files)
    return LenderDay(one.public_id, one.for_on, files, one.made_at, one.lapsed_at is None)
