"""Stored journals as values: what replaying has to know of them, their entries, and the chain that
holds those of a plan together. Never commits.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.domain.ledger.entries import AccountCode, Cause, EntryDraft
from app.domain.ledger.replaying import KeptJournal
from app.models import Journal, LedgerEntry, Loan


class ChainLink(NamedTuple):
    """What of a journal its hash is over, beside the hash before it.

    Units: posted_at an aware instant; `reverses` a place in the plan's sequence.
    """

    seq: int
    generation: int
    reverses: int | None
    content_sha256: str
    period_on: date
    posted_at: datetime
    actor: str
    correlation_id: str | None


class StoredJournal(NamedTuple):
    """A sealed journal with its row's id, kind and hash."""

    id: int
    kind: str
    journal: KeptJournal
    row_hash: str
    link: ChainLink


def first_hash(plan_number: str) -> str:
    """Return what the first journal of a plan names as its predecessor."""
    return hashlib.sha256(plan_number.encode()).hexdigest()


def chained(before: str, link: ChainLink) -> str:
    """Return the hash of a journal behind another's.

    Units: hex of SHA-256.
    Source: rules part 1, the ledger.
    """
    posted_at = link.posted_at.astimezone(UTC).isoformat()
    said = [before, *link[:4], link.period_on.isoformat(), posted_at]
    said += [link.actor, link.correlation_id]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def stored_journals(
    session: Session, *, plan_ids: Collection[int]
) -> Mapping[int, list[StoredJournal]]:
    """Return the sealed journals of plans, by plan, in their sequence; one query."""
    gone = aliased(Journal)
    query = (
        select(
            Journal.plan_id,
            Journal.id,
            Journal.kind,
            Journal.seq,
            Journal.cause_kind,
            Journal.cause_id,
            Journal.generation,
            Journal.value_on,
            Journal.content_sha256,
            gone.seq,
            Journal.row_hash,
            Journal.period_on,
            Journal.posted_at,
            Journal.actor,
            Journal.correlation_id,
        )
        .outerjoin(gone, gone.id == Journal.reverses_id)
        .where(Journal.plan_id.in_(plan_ids), Journal.sealed_at.is_not(None))
        .order_by(Journal.plan_id, Journal.seq)
    )
    found: dict[int, list[StoredJournal]] = defaultdict(list)
    for row in session.execute(query):
        plan_id, key, kind, seq, cause_kind, cause_id, generation = row[:7]
        value_on, sha256, reverses, row_hash, period_on, posted_at, actor, correlation = row[7:]
        kept = KeptJournal(seq, Cause(cause_kind, cause_id), generation, value_on, sha256, reverses)
        link = ChainLink(
            seq, generation, reverses, sha256, period_on, posted_at, actor, correlation
        )
        found[plan_id].append(StoredJournal(key, kind, kept, row_hash, link))
    return found


def stored_entries(
    session: Session, *, journal_ids: Collection[int]
) -> Mapping[int, tuple[EntryDraft, ...]]:
    """Return the entries of journals, by journal, in their order; one query.

    Units: fen.
    """
    if not journal_ids:
        return {}
    query = (
        select(
            LedgerEntry.journal_id,
            LedgerEntry.account,
            LedgerEntry.fen,
            Loan.ref,
            LedgerEntry.component,
            LedgerEntry.number,
            LedgerEntry.payment,
        )
        .outerjoin(Loan, Loan.id == LedgerEntry.loan_id)
        .where(LedgerEntry.journal_id.in_(journal_ids))
        .order_by(LedgerEntry.journal_id, LedgerEntry.place)
    )
    found: dict[int, list[EntryDraft]] = defaultdict(list)
    for key, account, fen, ref, component, number, payment in session.execute(query):
        entry = EntryDraft(cast(AccountCode, account), fen, ref, component, number, payment)
        found[key].append(entry)
    return {key: tuple(entries) for key, entries in found.items()}
