"""Whether the database answers and was migrated."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session


def is_ready(session: Session) -> bool:
    """Whether a migrated database answers."""
    try:
        return session.execute(text("SELECT version_num FROM alembic_version")).first() is not None
    except SQLAlchemyError:
        return False
