"""The allowed moves of a plan and of its versions, and what a case waits for, as tables."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from app.domain.calendar import beijing_date

Kind = Literal["version", "plan"]
# Who made a version, where it is a counter-offer.
LENDER = "lender"
WaitsFor = Literal["us", "borrower", "second_person", "documents", "nobody"]

# A counter is born draft and waits there for its release; its parent stands until that instant.
# Taken back before, or overtaken by another answer, its borrower has never seen it.
VERSION_MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"submitted", "lapsed", "countered", "superseded", "recalled"}),
    "submitted": frozenset(
        {"needs_document", "approved", "countered", "refused", "withdrawn", "superseded"}
    ),
    "needs_document": frozenset(
        {"submitted", "approved", "countered", "refused", "withdrawn", "expired"}
    ),
    "countered": frozenset({"approved", "superseded", "withdrawn", "expired", "recalled"}),
    "approved": frozenset({"signed", "withdrawn", "expired", "recalled", "superseded"}),
    # A refusal is the end but for an appeal, which opens the very same version again (ADR 0015).
    "refused": frozenset({"under_appeal"}),
    "under_appeal": frozenset({"approved", "countered", "upheld"}),
    "signed": frozenset(),
    "withdrawn": frozenset(),
    "expired": frozenset(),
    "recalled": frozenset(),
    "superseded": frozenset(),
    "upheld": frozenset(),
    "lapsed": frozenset(),
}
PLAN_MOVES: Mapping[str, frozenset[str]] = {
    # Replaced: another plan was signed in its place.
    "active": frozenset({"in_cure", "completed", "broken", "replaced"}),
    "in_cure": frozenset({"active", "completed", "broken", "replaced"}),
    # A reversed payment makes a completed plan run again.
    "completed": frozenset({"active"}),
    # Money that was in time came to light: the break is taken back.
    "broken": frozenset({"active", "in_cure", "completed"}),
    "replaced": frozenset(),
}
# What its borrower may change without withdrawing it: another version takes its place.
CHANGEABLE = frozenset({"submitted", "countered", "approved"})
# What lies with its borrower until a day.
OFFERED = frozenset({"countered", "approved"})
# What staff may put a counter-offer in the place of.
COUNTERABLE = frozenset({"submitted", "countered"})
# An open version keeps its loans from every other plan and stops what accrues on them (ADR 0005).
OPEN_VERSIONS = frozenset({"submitted", "needs_document", "countered", "approved", "under_appeal"})
ENDED_VERSIONS = frozenset(
    {"refused", "withdrawn", "expired", "recalled", "superseded", "upheld", "lapsed"}
)
KEPT_PLANS = frozenset({"active", "in_cure"})
COMPLETED, BROKEN, REPLACED = "completed", "broken", "replaced"
WAITS_FOR: Mapping[str, WaitsFor] = {
    "draft": "nobody",
    "submitted": "us",
    "needs_document": "documents",
    "countered": "borrower",
    "approved": "borrower",
    "refused": "nobody",
    "under_appeal": "second_person",
    "signed": "nobody",
    "withdrawn": "nobody",
    "expired": "nobody",
    "recalled": "nobody",
    "superseded": "nobody",
    "upheld": "nobody",
    "lapsed": "nobody",
}
OURS: frozenset[WaitsFor] = frozenset({"us", "second_person"})
UNANSWERED = frozenset(state for state, whom in WAITS_FOR.items() if whom in OURS)
# Where a borrower may be asked for a change; an appeal is answered as it is.
ASKABLE = "submitted"
_MOVES: Mapping[Kind, Mapping[str, frozenset[str]]] = {"version": VERSION_MOVES, "plan": PLAN_MOVES}


def may_move(kind: Kind, old: str, new: str) -> bool:
    """Tell whether a plan or a version may go from one state to another.

    Raises: KeyError for a state that does not exist.
    """
    # Read for its KeyError: a state that was misspelt must not pass as merely "not allowed".
    _MOVES[kind][new]
    return new in _MOVES[kind][old]


def waits_for(state: str, *, is_asked: bool = False) -> WaitsFor:
    """Return what a case waits for while its version is in a state; where the answer is ours and
    the borrower was asked for a change, it is theirs.

    Raises: KeyError for a state that does not exist.
    Source: ADR 0037.
    """
    found = WAITS_FOR[state]
    return "borrower" if is_asked and state == ASKABLE else found


def is_borrower_asked(state: str, whom: str) -> bool:
    """Tell whether a case waits for the borrower's word on a change while the answer is ours.

    Source: ADR 0037.
    """
    return state == ASKABLE and whom == "borrower"


def state_on(state: str, *, valid_until_at: datetime | None, today: date) -> str:
    """Return the state a version is in on a day: an offer is over with its last day, also where
    that is not on record yet.

    Source: default policy, offer valid 7 days.
    """
    # The day decides and not the instant: an offer lasts to its last second in Beijing, and pages
    # must agree with the job that comes by later (ADR 0030).
    is_over = (
        state in OFFERED and valid_until_at is not None and beijing_date(valid_until_at) < today
    )
    return "expired" if is_over else state
