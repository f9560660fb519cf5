"""Posting: the journals that plans' facts ask for and that are not there yet, in the transaction of
who made the facts. Never commits.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.keeping.account import Account
from app.domain.ledger.entries import JournalDraft, JournalKind, content_sha256, negated
from app.domain.ledger.journals import journals_of
from app.domain.ledger.replaying import Replay, replay
from app.models import Journal, LedgerEntry, Loan, Plan, PlanLoan
from app.services.core.context import Context
from app.services.ledger.rows import (
    ChainLink,
    StoredJournal,
    chained,
    first_hash,
    stored_entries,
    stored_journals,
)


class PostedJournal(NamedTuple):
    """A journal that was posted; `reverses` is the place in its plan's sequence of the one it takes
    back.
    """

    seq: int
    generation: int
    draft: JournalDraft
    reverses: int | None = None


def lock_books(session: Session, *, plan_ids: Collection[int]) -> None:
    """Let nobody else post to these plans until the commit: their rows, in one order. Whoever posts
    takes them before reading what came, else facts of another's transaction are overlooked.

    Source: rules part 1, the ledger.
    """
    rows = select(Plan.id).where(Plan.id.in_(plan_ids)).order_by(Plan.id)
    session.execute(rows.with_for_update()).all()


def post(
    session: Session,
    context: Context,
    *,
    plan_id: int,
    account: Account,
    as_of: date,
    correlation_id: str | None = None,
) -> tuple[PostedJournal, ...]:
    """Post what one plan's books lack up to a day; see `post_all`."""
    found = post_all(
        session, context, accounts={plan_id: account}, as_of=as_of, correlation_id=correlation_id
    )
    return found.get(plan_id, ())


def post_all(
    session: Session,
    context: Context,
    *,
    accounts: Mapping[int, Account],
    as_of: date,
    correlation_id: str | None = None,
) -> dict[int, tuple[PostedJournal, ...]]:
    """Post what the books of signed plans lack up to a day, and return it by plan: new journals,
    and for what is gone or changed a linked reversal. A handful of statements, however many plans.

    Idempotent on: the facts; what is there is not posted again.
    Source: rules part 1, the ledger.
    """
    if not accounts:
        return {}
    lock_books(session, plan_ids=accounts.keys())
    stored = stored_journals(session, plan_ids=accounts.keys())
    lacking = {}
    for plan_id, account in sorted(accounts.items()):
        kept = [one.journal for one in stored.get(plan_id, ())]
        found = replay(kept, journals_of(account, as_of), as_of)
        if not found.is_empty:
            lacking[plan_id] = found
    if not lacking:
        return {}

    books = _Books(context.now, context.actor.who, correlation_id)
    loans = _loan_ids(session, lacking)
    back = _taken_back(session, lacking, stored)
    for plan_id, found in lacking.items():
        books.add(plan_id, accounts[plan_id].plan.number, stored.get(plan_id, []), found, back)
    _store(session, books, loans)
    return {plan_id: tuple(found) for plan_id, found in books.posted.items()}


@dataclass
class _Books:
    """Rows of journals in the making, plan by plan in their sequence."""

    posted_at: datetime
    actor: str
    correlation_id: str | None
    rows: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[JournalDraft] = field(default_factory=list)
    posted: dict[int, list[PostedJournal]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self,
        plan_id: int,
        number: str,
        stored: Sequence[StoredJournal],
        found: Replay,
        back: Mapping[int, JournalDraft],
    ) -> None:
        """Chain what one plan's books lack to what they hold."""
        seq, last = len(stored), stored[-1].row_hash if stored else first_hash(number)
        ids = {one.journal.seq: one.id for one in stored}
        for posted in self._lacking(seq, found, ids, back):
            reverses_id = None if posted.reverses is None else ids[posted.reverses]
            link = ChainLink(
                posted.seq,
                posted.generation,
                posted.reverses,
                content_sha256(posted.draft),
                beijing_date(self.posted_at).replace(day=1),
                self.posted_at,
                self.actor,
                self.correlation_id,
            )
            last = chained(last, link)
            values = link._asdict() | {"plan_id": plan_id, "row_hash": last}
            del values["reverses"]
            self.rows.append(values | _of(posted.draft) | {"reverses_id": reverses_id})
            self.drafts.append(posted.draft)
            self.posted[plan_id].append(posted)

    @staticmethod
    def _lacking(
        seq: int, found: Replay, ids: Mapping[int, int], back: Mapping[int, JournalDraft]
    ) -> Iterator[PostedJournal]:
        for gone in found.reversed:
            seq += 1
            draft = back[ids[gone.journal.seq]]
            yield PostedJournal(seq, gone.generation, draft, gone.journal.seq)
        for new in found.wanted:
            seq += 1
            yield PostedJournal(seq, new.generation, new.draft)


def _of(draft: JournalDraft) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "value_on": draft.value_on,
        "cause_kind": draft.cause.kind,
        "cause_id": draft.cause.id,
    }


def _taken_back(
    session: Session, lacking: Mapping[int, Replay], stored: Mapping[int, list[StoredJournal]]
) -> dict[int, JournalDraft]:
    """Return what takes back each journal that is gone, by its id."""
    gone: dict[int, StoredJournal] = {}
    for plan_id, found in lacking.items():
        seqs = {one.journal.seq for one in found.reversed}
        gone |= {one.id: one for one in stored.get(plan_id, ()) if one.journal.seq in seqs}
    entries = stored_entries(session, journal_ids=gone.keys())
    return {
        key: JournalDraft(
            cast(JournalKind, one.kind),
            one.journal.value_on,
            one.journal.cause,
            negated(entries[key]),
        )
        for key, one in gone.items()
    }


def _loan_ids(session: Session, plan_ids: Collection[int]) -> dict[str, int]:
    query = (
        select(Loan.ref, Loan.id)
        .join(PlanLoan, PlanLoan.loan_id == Loan.id)
        .where(PlanLoan.plan_id.in_(plan_ids))
    )
    return {ref: key for ref, key in session.execute(query)}


def _store(session: Session, books: _Books, loans: Mapping[str, int]) -> None:
    """Three statements: journals, their entries, the seals."""
    # Rows with and without a value go in together.
    whole = {"render_nulls": True}
    new = insert(Journal).returning(Journal.id, sort_by_parameter_order=True)
    ids = session.scalars(new.execution_options(**whole), books.rows).all()
    session.execute(
        insert(LedgerEntry).execution_options(**whole),
        [
            {
                "journal_id": key,
                "place": place,
                "account": one.account,
                "loan_id": None if one.loan is None else loans[one.loan],
                "component": one.component,
                "number": one.number,
                "payment": one.payment,
                "fen": one.fen,
            }
            for key, draft in zip(ids, books.drafts, strict=True)
            for place, one in enumerate(draft.entries, 1)
        ],
    )
    session.execute(
        update(Journal).where(Journal.id.in_(ids)).values(sealed_at=books.posted_at),
        execution_options={"synchronize_session": False},
    )
