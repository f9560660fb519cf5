"""Every certificate says what was hashed when it was issued."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Certificate
from app.services.certificates.text import text_sha256

BATCH = 500


def untrue_texts(session: Session) -> Iterator[str]:
    """Yield each certificate whose text is not the one that was issued, or names another kind.

    Source: quality, I5; I-11.
    """
    query = select(Certificate.text, Certificate.text_sha256, Certificate.kind)
    query = query.order_by(Certificate.id).execution_options(yield_per=BATCH)
    for text, sha256, kind in session.execute(query):
        if text_sha256(text) != sha256 or text.get("kind") != kind:
            yield f"{text.get('number')}: its text is not the one that was issued"
