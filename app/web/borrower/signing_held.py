"""What pages that lead to a signature say before it is read: what holds it, what changed."""

from dataclasses import dataclass

from app.services.agreements.basis import OwesLess, signing_standing
from app.web.access import me
from app.web.context import context, db_session
from app.web.filters import words_of


@dataclass(frozen=True)
class SigningNote:
    """Why an offer is not signed now, in words or empty; whether the way on is a change with
    today's figures, and whether more is owed by now than the offer says.
    """

    words: str
    owes_less: bool
    owes_more: bool


def signing_note(version_id: str | None) -> SigningNote | None:
    """Return what is to be said of an offer of who is signed in; None without an offer."""
    if version_id is None:
        return None
    found = signing_standing(
        db_session(), context(), borrower_id=me(), version_public_id=version_id
    )
    words = words_of(found.refusal) if found.refusal else ""
    return SigningNote(words, isinstance(found.refusal, OwesLess), found.owes_more)
