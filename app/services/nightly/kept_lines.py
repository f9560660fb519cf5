"""The rows of a file that waits, kept sealed as they came until a person has decided. Never
commits.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models import NightlyFile, NightlyFilePart
from app.ports.book import Book, BookLine
from app.ports.vault import Vault
from app.services.core.context import Context

# Few enough for memory, enough for few rows; personal data, so each part is sealed.
PART_LINES = 500


class KeptBook:
    """A file that waited, read again from its sealed rows."""

    def __init__(self, session: Session, vault: Vault, file: NightlyFile) -> None:
        self.session = session
        self.vault = vault
        self.file_id = file.id
        self.public_id = file.public_id
        self.name = file.name
        self.sha256 = file.sha256
        self.headers: Sequence[str] = self._part(0) or []
        kept = ("read_by", "closing", "hidden")
        self.told = {one: file.findings[one] for one in kept if one in file.findings}
        # They were found once; where they stood says nothing any more.
        self.header_line = 1

    def lines(self) -> Iterator[BookLine]:
        """Yield the rows after the headers."""
        number = 1
        while (part := self._part(number)) is not None:
            yield from (BookLine(*line) for line in part)
            number += 1

    def _part(self, number: int) -> list[str] | None:
        one = select(NightlyFilePart.lines_enc).where(
            NightlyFilePart.file_id == self.file_id, NightlyFilePart.number == number
        )
        sealed = self.session.scalar(one)
        if sealed is None:
            return None
        found: list[str] = json.loads(
            self.vault.unseal(sealed, table=TABLE, row=self.public_id, column=str(number))
        )
        return found


TABLE = NightlyFilePart.__tablename__


def keep_lines(session: Session, context: Context, *, file: NightlyFile, book: Book) -> None:
    """Keep the rows of a file that begins to wait."""
    _keep(session, context, file, 0, list(book.headers))
    lines, number = book.lines(), 0
    while part := list(islice(lines, PART_LINES)):
        number += 1
        _keep(session, context, file, number, [list(line) for line in part])


def drop_lines(session: Session) -> None:
    """Drop the rows of the files that wait no more."""
    waiting = select(NightlyFile.id).where(NightlyFile.state.in_(("waiting", "confirmed")))
    session.execute(
        delete(NightlyFilePart)
        .where(NightlyFilePart.file_id.not_in(waiting))
        .execution_options(synchronize_session=False)
    )


def _keep(
    session: Session, context: Context, file: NightlyFile, number: int, rows: Sequence[object]
) -> None:
    # In ASCII: bytes that could not be read may stand in a cell as half a character.
    text = json.dumps(rows)
    sealed = context.vault.seal(text, table=TABLE, row=file.public_id, column=str(number))
    part = NightlyFilePart(
        file_id=file.id, number=number, lines_enc=sealed, key_version=context.vault.key_version
    )
    session.add(part)
    session.flush()
    # Written, and not held: all parts together are as large as the file.
    session.expunge(part)
