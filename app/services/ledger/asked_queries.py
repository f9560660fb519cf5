"""What plans ask in all by their journals, for who holds agreements against the ledger. Reads
only.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.ledger.unposted import Unposted
from app.models import Journal, LedgerEntry

# What a plan asks is opened or falls due as its interest; everything else moves what was asked.
_OPENING = "opening"
_ASKING = (_OPENING, "plan_interest", "settlement")


class PlanAsked(NamedTuple):
    """What a plan asks in all by its books.

    Units: fen; `opened` is gross of what is waived and net of the excess over the ceiling,
           `promised` the waivers in it, `posted` interest of the plan that fell due.
    """

    opened_fen: int
    promised_fen: int
    posted_fen: int
    unposted: Unposted

    @property
    def total_fen(self) -> int:
        """Return opening less waivers promised, and interest posted, saved and still to come."""
        return self.opened_fen - self.promised_fen + self.posted_fen + sum(self.unposted)


def asked_of(
    session: Session, *, unposted: Mapping[int, Unposted], as_of: date
) -> dict[int, PlanAsked]:
    """Return what plans ask by their sealed journals of the days up to one and what is unposted on
    it, by plan; a plan without any is left out. One query.

    Units:  fen.
    Source: rules part 1, the ledger; ADR 0079.
    """
    kind = case((Journal.kind == _OPENING, _OPENING), else_="")
    # What is in no instalment stands beside them: a waiver promised, the excess and its end.
    is_beside = LedgerEntry.number.is_(None)
    query = (
        select(Journal.plan_id, kind, is_beside, func.sum(LedgerEntry.fen))
        .join(LedgerEntry, LedgerEntry.journal_id == Journal.id)
        .where(
            Journal.plan_id.in_(unposted.keys()),
            Journal.kind.in_(_ASKING),
            Journal.value_on <= as_of,
            Journal.sealed_at.is_not(None),
            LedgerEntry.account == "receivable",
        )
        .group_by(Journal.plan_id, kind, is_beside)
    )
    sums: dict[int, dict[tuple[bool, bool], int]] = {}
    for plan_id, told, beside, fen in session.execute(query):
        sums.setdefault(plan_id, {})[told == _OPENING, bool(beside)] = int(fen)
    return {
        plan_id: PlanAsked(
            opened_fen=found.get((True, True), 0) + found.get((True, False), 0),
            promised_fen=found.get((True, True), 0),
            posted_fen=found.get((False, False), 0),
            unposted=unposted[plan_id],
        )
        for plan_id, found in sums.items()
    }
