"""A database whose triggers sleep."""

from contextlib import contextmanager

from sqlalchemy import text


@contextmanager
def unguarded(session):
    """Triggers do not hold: as for someone with the database's own password."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        for name in session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            session.execute(text(f"DROP TRIGGER {name}"))
    else:
        session.execute(text("SET session_replication_role = replica"))
    yield
    session.flush()
    if not is_sqlite:
        session.execute(text("SET session_replication_role = origin"))
