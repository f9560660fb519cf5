"""What signed plans come to by their journals, for finance."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.ledger.totals import comes_to
from app.models import Journal, LedgerEntry
from app.services.keeping.accounts import accounts_of

RUNNING = ("plan_interest", "settlement")


def ledger_totals(session: Session, *, plan_ids: Collection[int], as_of: date) -> dict[int, int]:
    """Return what those of the plans that have journals come to by them, by plan: opening less
    waivers promised, plus plan interest posted, saved and still to come.

    Units:  fen; of a plan whose ledger is right, what its agreement prints in all.
    Source: rules part 1, the ledger.
    """
    is_opening = Journal.kind == "opening"
    query = (
        select(
            Journal.plan_id,
            func.sum(case((is_opening, LedgerEntry.fen), else_=0)),
            func.sum(case((is_opening, 0), else_=LedgerEntry.fen)),
        )
        .join(LedgerEntry, LedgerEntry.journal_id == Journal.id)
        .where(
            Journal.plan_id.in_(plan_ids),
            Journal.sealed_at.is_not(None),
            Journal.kind.in_(("opening", *RUNNING)),
            Journal.value_on <= as_of,
            LedgerEntry.account == "receivable",
        )
        .group_by(Journal.plan_id)
    )
    sums = {plan_id: (int(opened), int(run)) for plan_id, opened, run in session.execute(query)}
    accounts = accounts_of(session, plan_ids=sums.keys())
    return {
        plan_id: comes_to(accounts[plan_id], as_of, opened_fen=opened, interest_fen=interest)
        for plan_id, (opened, interest) in sums.items()
        if plan_id in accounts
    }
