"""How many statements something sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

# What opens and ends a transaction reads nothing.
# What the case page may ask at most, whatever the case holds.
FEW = 20
FRAMES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ", "PRAGMA")


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement sent meanwhile, in order."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.upper().startswith(FRAMES):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def questions(seen: list[str]) -> list[str]:
    """Those that read for the page; what puts its reading on record is left out."""
    return [one for one in seen if "audit_head" not in one and not one.startswith("INSERT")]
