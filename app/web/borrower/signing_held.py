"""What pages that lead to a signature say while a changed mobile holds it."""

from app.services.agreements.basis import signing_held
from app.web.access import me
from app.web.context import context, db_session
from app.web.filters import words_of


def held_words(*, is_offered: bool) -> str:
    """Why the borrower who is signed in signs nothing now; empty where nothing holds it or nothing
    waits for a signature.
    """
    why = signing_held(db_session(), context(), borrower_id=me()) if is_offered else None
    return words_of(why) if why else ""
