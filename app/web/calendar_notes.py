"""What pages say of days beyond the known working calendar."""

from datetime import date, datetime

from flask import Flask, g
from sqlalchemy.exc import SQLAlchemyError

from app.domain.calendar import beijing_date
from app.services.calendar import queries as calendar_queries
from app.web.context import db_session, now


def install(app: Flask) -> None:
    # globals, so that imported macros see them too
    app.jinja_env.globals["is_beyond_calendar"] = is_beyond_calendar
    app.jinja_env.globals["missing_calendar_year"] = missing_year


def is_beyond_calendar(day: date | datetime | None) -> bool:
    """Whether a day told on this page lies in a year whose holidays are not known yet (U-03)."""
    if day is None:
        return False
    if isinstance(day, datetime):
        day = beijing_date(day)
    return day > _known_until()


def missing_year() -> int | None:
    """The year that should be in the calendar by now; none on a page about a fault."""
    try:
        return calendar_queries.missing_year(today=beijing_date(now()), known_until=_known_until())
    except SQLAlchemyError:
        # The page may be the very one that says the database is down.
        return None


def _known_until() -> date:
    if "calendar_until" not in g:
        g.calendar_until = calendar_queries.known_until(db_session())
    found: date = g.calendar_until
    return found
