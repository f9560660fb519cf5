"""Rows of columns for pages, past what the ORM would do with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from app.services.reading.once import RUNNING


def rows_of(session: Session, *, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """Return the rows of a statement that selects columns and no whole models, in the session's
    transaction: half of the work of the ORM, which looks for models in every row. A use case asks
    through the ORM, which first writes what was changed.
    """
    if session.info.get(RUNNING):
        return session.execute(statement, given).all()
    return session.connection().execute(statement, given).all()
