"""What this browser knows of a signing: which text was shown since when, what was confirmed, which
code was asked.
"""

from datetime import datetime
from typing import Any

from flask import session

from app.services.agreements.basis import Assent
from app.web.context import now

SIGNING, ASKED = "signing", "signing_code"


def note_shown(version_id: str, sha256: str) -> None:
    """Note when a text was first shown; another text, or another version, starts anew."""
    known = _of(version_id)
    # The first showing counts: an error, the back button or another tab do not start the time anew
    # (ADR 0023).
    if known.get("sha256") != sha256:
        session[SIGNING] = {"version": version_id, "sha256": sha256, "at": now().isoformat()}
        # A code asked for another text signs nothing here.
        session.pop(ASKED, None)


def note_confirmed(version_id: str, clauses: list[str]) -> None:
    """Note the clauses that are confirmed one by one, each since when; one that was ticked before
    keeps its instant.
    """
    before, at = _confirmed(version_id), now().isoformat()
    since = {code: before.get(code, at) for code in clauses}
    session[SIGNING] = _of(version_id) | {"clauses": since}


def note_asked(version_id: str, public_id: str) -> None:
    """Note which code was asked for."""
    session[ASKED] = [version_id, public_id]


def asked(version_id: str) -> str:
    """The code this browser asked for to sign a version, or nothing."""
    known: list[str] = session.get(ASKED, ["", ""])
    return known[1] if known[0] == version_id else ""


def assent(version_id: str) -> Assent:
    """What was shown and confirmed here of a version."""
    known = _of(version_id)
    at = known.get("at")
    return Assent(
        shown_sha256=str(known.get("sha256", "")),
        shown_at=datetime.fromisoformat(at) if at else None,
        clauses={
            code: datetime.fromisoformat(since) for code, since in _confirmed(version_id).items()
        },
    )


def _confirmed(version_id: str) -> dict[str, str]:
    found = _of(version_id).get("clauses", {})
    # A cookie of the release before lists codes without instants: they are confirmed again.
    return found if isinstance(found, dict) else {}


def _of(version_id: str) -> dict[str, Any]:
    known: dict[str, Any] = session.get(SIGNING, {})
    return known if known.get("version") == version_id else {}
