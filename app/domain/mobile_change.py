"""A changed mobile number: its states, and for how long nothing grave happens after it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

# No signature, refund or further change so soon after a change: time for the old number to object.
SETTLING_HOURS = 24
SETTLING = timedelta(hours=SETTLING_HOURS)
MOVES: Mapping[str, frozenset[str]] = {
    "entered": frozenset({"confirmed", "dropped"}),
    "confirmed": frozenset({"in_file", "objected", "replaced"}),
    # Until a person decides the old number is back.
    "objected": frozenset({"confirmed", "undone"}),
    "dropped": frozenset(),
    # The file may bring it the same night, and the old number has its hours all the same.
    "in_file": frozenset({"objected"}),
    "replaced": frozenset(),
    "undone": frozenset(),
}
# What is on record at the desk goes before the lender's file.
STANDING = frozenset({"confirmed", "objected"})
REASONS = ("lost", "closed", "carrier", "other")


def settles_at(state: str, confirmed_at: datetime | None, now: datetime) -> datetime | None:
    """Return until when nothing grave happens after a confirmed change; None once it may.

    A change that was objected to has no such end: a person decides it.
    """
    if state not in ("confirmed", "in_file") or confirmed_at is None:
        return None
    until = confirmed_at + SETTLING
    return until if now < until else None
