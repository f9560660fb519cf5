"""Agreements held against the ledger while they are handed out, some at a time; books that are
behind are brought up to the day first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.orm import Session, sessionmaker

from app.domain.ledger.unposted import Unposted
from app.services.core.context import Context
from app.services.ledger.asked_queries import PlanAsked, asked_of
from app.services.ledger.catching_up import catch_up_with

# So many agreements that differ are named; the rest is counted.
MOST_NAMED = 5


class Claim(NamedTuple):
    """What an agreement asks by its terms, and what of it no journal holds today; None where its
    plan has another book.

    Units: fen. `is_counted` is not set where another agreement took its place.
    """

    number: str
    plan_id: int
    total_fen: int
    unposted: Unposted | None
    is_counted: bool = True


@dataclass
class LedgerControl:
    """What agreements come to by their books; the first that differ are named.

    Units: fen.
    """

    sessions: sessionmaker[Session]
    context: Context
    total_fen: int = 0
    differing: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, session: Session, claims: Sequence[Claim]) -> None:
        """Count some agreements by what their journals say; memory stays flat.

        Idempotent on: the facts, of what is posted.
        Source: rules part 1, the ledger; ADR 0079.
        """
        left = {one.plan_id: one.unposted for one in claims if one.unposted is not None}
        asked = asked_of(session, unposted=left, as_of=self.context.today)
        behind = [one.plan_id for one in claims if _fen(one, asked) != one.total_fen]
        if behind:
            asked |= self._caught_up(behind)
        for one in claims:
            fen = _fen(one, asked)
            self.total_fen += fen if one.is_counted else 0
            if fen != one.total_fen:
                self.differing += 1
                self.named += [one.number] if len(self.named) < MOST_NAMED else []

    def _caught_up(self, plan_ids: Collection[int]) -> dict[int, PlanAsked]:
        # In a session of its own: a view that is exported from can write nothing, and goes on
        # showing the books as they were. What a plan asks in all is the same at any instant.
        with self.sessions() as writer:
            return catch_up_with(writer, self.context, plan_ids=plan_ids)


def _fen(one: Claim, asked: Mapping[int, PlanAsked]) -> int:
    found = asked.get(one.plan_id)
    return found.total_fen if found is not None and one.unposted is not None else 0
