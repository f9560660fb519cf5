"""What stored journals come to: true for a day, and as it was known at an instant."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.ledger.entries import BalanceKey, on_its_side
from app.models import Journal, LedgerEntry, Loan

Balances = Mapping[BalanceKey, int]


def balances_of(
    session: Session,
    *,
    plan_ids: Collection[int],
    day: date | None = None,
    known_at: datetime | None = None,
) -> dict[int, Balances]:
    """Return what the journals of plans come to, by plan, account, loan, component and instalment;
    zero is left out. One query.

    Units:  fen, each on the side on which its account stands by nature. Of a `day` what counts up
            to its end, of `known_at` what was posted by then.
    Source: rules part 1, the ledger.
    """
    query = (
        select(
            Journal.plan_id,
            LedgerEntry.account,
            Loan.ref,
            LedgerEntry.component,
            LedgerEntry.number,
            func.sum(LedgerEntry.fen),
        )
        .join(LedgerEntry, LedgerEntry.journal_id == Journal.id)
        .outerjoin(Loan, Loan.id == LedgerEntry.loan_id)
        .where(Journal.plan_id.in_(plan_ids))
        .group_by(
            Journal.plan_id,
            LedgerEntry.account,
            Loan.ref,
            LedgerEntry.component,
            LedgerEntry.number,
        )
        .having(func.sum(LedgerEntry.fen) != 0)
    )
    found: dict[int, dict[BalanceKey, int]] = defaultdict(dict)
    counting = query.where(*_counting(day, known_at))
    for plan_id, account, ref, component, number, fen in session.execute(counting):
        key = BalanceKey(account, ref, component, number)
        found[plan_id][key] = on_its_side(account, int(fen))
    return dict(found)


def account_totals(
    session: Session, *, day: date | None = None, known_at: datetime | None = None
) -> dict[str, int]:
    """Return what each account of the whole ledger comes to; all of them together are zero before
    each is turned to its side.

    Units:  fen, each on its side.
    Source: rules part 1, the ledger; I1.
    """
    query = (
        select(LedgerEntry.account, func.sum(LedgerEntry.fen))
        .join(Journal, Journal.id == LedgerEntry.journal_id)
        .group_by(LedgerEntry.account)
    )
    rows = session.execute(query.where(*_counting(day, known_at)))
    return {account: on_its_side(account, int(fen)) for account, fen in rows}


def _counting(day: date | None, known_at: datetime | None) -> list[ColumnElement[bool]]:
    """Only what is sealed, and of that what counts by a day and was known at an instant."""
    found: list[ColumnElement[bool]] = [Journal.sealed_at.is_not(None)]
    if day is not None:
        found.append(Journal.value_on <= day)
    if known_at is not None:
        found.append(Journal.posted_at <= known_at)
    return found
