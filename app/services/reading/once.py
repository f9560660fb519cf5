"""What a page asks for once, however many of its parts need it."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

# What a session knows of itself: that a use case runs, what was read so far.
RUNNING, READ = "anhuan_use_case", "anhuan_read"
# More than any page reads: a job that goes through borrowers in one reading keeps only the last.
MOST_READ = 64
Found = TypeVar("Found")


def read_once(session: Session, *key: Hashable, read: Callable[[], Found]) -> Found:
    """Return what `read` finds, and the same whenever a page asks by the same key in one reading:
    as long as nothing was committed, rolled back or begun. A use case always reads anew.
    """
    if session.info.get(RUNNING):
        return read()
    kept = _read_so_far(session)
    if key in kept:
        found: Found = kept[key]
        return found
    found = read()
    # Looked for again: the reading may have begun with it, and it may have kept parts of its own.
    _read_so_far(session)[key] = found
    return found


def _read_so_far(session: Session) -> dict[tuple[Hashable, ...], Any]:
    reading, kept = session.info.get(READ, (None, {}))
    now = session.get_transaction()
    if now is None or reading is not now or len(kept) >= MOST_READ:
        session.info[READ] = now, (kept := {})
    return kept  # type: ignore[no-any-return]
