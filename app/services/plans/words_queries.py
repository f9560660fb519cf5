"""What staff wrote with versions, opened. Reads only."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import VersionWords
from app.services.core.context import Context

TABLE = "version_words"


def words_of_versions(
    session: Session, context: Context, *, ids: Sequence[int]
) -> dict[tuple[int, str], str]:
    """Return what was written with versions, by version and kind: one query."""
    rows = session.scalars(select(VersionWords).where(VersionWords.version_id.in_(ids)))
    return {
        (one.version_id, one.kind): context.vault.unseal(
            one.words_enc, table=TABLE, row=one.public_id, column="words"
        )
        for one in rows
    }
