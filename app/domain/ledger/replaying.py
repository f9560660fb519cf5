"""What has to be posted so that the stored journals of a plan are those its facts ask for: only
ever appended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.domain.ledger.entries import Cause, JournalDraft, content_sha256


class KeptJournal(NamedTuple):
    """A stored journal as far as replaying has to know it; `reverses` is the place in the plan's
    sequence of the one it takes back.
    """

    seq: int
    cause: Cause
    generation: int
    value_on: date
    content_sha256: str
    reverses: int | None = None


class Reversed(NamedTuple):
    """A stored journal that is to be taken back, and the generation of what does so."""

    journal: KeptJournal
    generation: int


class NewJournal(NamedTuple):
    """A journal that is to be posted, of which generation."""

    draft: JournalDraft
    generation: int
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be posted: what takes back first, then what takes its place."""

    reversed: tuple[Reversed, ...] = ()
    wanted: tuple[NewJournal, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether everything is there as it should be."""
        return not self.reversed and not self.wanted


def replay(
    stored: Iterable[KeptJournal], wanted: Iterable[JournalDraft], as_of: date | None = None
) -> Replay:
    """Hold stored journals against those that are wanted, cause by cause: what is the same stays,
    what is gone or changed is taken back, what is new or changed is posted as a new generation.

    Idempotent on: all of it; once posted there is nothing more. Stored journals of days after
    as_of are left alone.
    Source: rules part 1, the ledger.
    """
    kept = list(stored)
    last: dict[Cause, int] = {}
    for one in kept:
        last[one.cause] = max(last.get(one.cause, 0), one.generation)
    gone = {one.reverses for one in kept if one.reverses is not None}
    live = {
        one.cause: one
        for one in kept
        if one.reverses is None and one.seq not in gone and (as_of is None or one.value_on <= as_of)
    }

    new = []
    for draft in wanted:
        sha256 = content_sha256(draft)
        same = live.get(draft.cause)
        if same is not None and same.content_sha256 == sha256:
            del live[draft.cause]
        else:
            new.append((draft, sha256))

    back = []
    for one in sorted(live.values()):
        last[one.cause] += 1
        back.append(Reversed(one, last[one.cause]))
    posted = []
    for draft, sha256 in new:
        last[draft.cause] = last.get(draft.cause, 0) + 1
        posted.append(NewJournal(draft, last[draft.cause], sha256))
    return Replay(tuple(back), tuple(posted))
