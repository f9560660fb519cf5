"""Whether stored journals are those that the facts ask for, sum to zero, never went below it and
are an unbroken chain, read anew plan by plan. Reads only.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.keeping.account import Account
from app.domain.ledger.entries import (
    NEVER_NEGATIVE,
    BalanceKey,
    EntryDraft,
    JournalDraft,
    JournalKind,
    content_sha256,
    negated,
    on_its_side,
)
from app.domain.ledger.journals import journals_of
from app.domain.ledger.replaying import replay
from app.models import Journal, LedgerEntry, Plan
from app.services.keeping.readable import readable_accounts
from app.services.ledger.rows import (
    StoredJournal,
    chained,
    first_hash,
    stored_entries,
    stored_journals,
)

BATCH = 200
# Some minutes at three milliseconds a plan; so 300,000 are read in 15 nights.
A_NIGHT = 20_000
Entries = Mapping[int, Sequence[EntryDraft]]
Book = Sequence[StoredJournal]


def unequal_journals(session: Session) -> Iterator[str]:
    """I1: every journal sums to zero, and so does the whole; none was left unsealed.

    Source: quality, I1.
    """
    sums = (
        select(Journal.id, Plan.number, Journal.seq, Journal.sealed_at, func.sum(LedgerEntry.fen))
        .join(Plan, Plan.id == Journal.plan_id)
        .outerjoin(LedgerEntry, LedgerEntry.journal_id == Journal.id)
        .group_by(Journal.id, Plan.number, Journal.seq, Journal.sealed_at)
        .having((func.coalesce(func.sum(LedgerEntry.fen), 1) != 0) | Journal.sealed_at.is_(None))
        .order_by(Journal.id)
    )
    for _id, number, seq, sealed_at, fen in session.execute(sums):
        told = "is not sealed" if sealed_at is None else f"sums to {fen}"
        yield f"{number}: journal {seq} {told}"


def unposted_books(session: Session, *, night: date | None = None) -> Iterator[str]:
    """I23: of every plan with journals, those that stand are those that its facts ask for, up to
    the day on which something was last posted or came; with a `night`, of plans whose turn it is.

    Source: rules part 1, the ledger.
    """
    for plans in _batches(session, night):
        books = stored_journals(session, plan_ids=plans)
        accounts = readable_accounts(session, plan_ids=plans.keys())
        for plan_id, number in plans.items():
            account = accounts.get(plan_id)
            if account is None:
                yield f"{number}: has journals, and no terms that were signed and can be read"
            else:
                yield from (f"{number}: {what}" for what in _differing(books[plan_id], account))


def broken_books(session: Session, *, night: date | None = None) -> Iterator[str]:
    """I24: a plan's journals are an unbroken chain over what they say, what takes one back negates
    it, and what is owed to us, lies ahead or is the borrower's was below zero on no day; with a
    `night`, of plans whose turn it is.

    Source: rules part 1, the ledger.
    """
    for plans in _batches(session, night):
        books = stored_journals(session, plan_ids=plans)
        ids = [one.id for book in books.values() for one in book]
        entries = stored_entries(session, journal_ids=ids)
        for plan_id, number in plans.items():
            book = books[plan_id]
            yield from (f"{number}: {what}" for what in _unchained(number, book, entries))
            yield from (f"{number}: {what}" for what in _below_zero(book, entries))


def _batches(session: Session, night: date | None) -> Iterator[Mapping[int, str]]:
    """Yield the numbers of plans with journals by id, some at a time."""
    query = (
        select(Plan.id, Plan.number)
        .where(select(Journal.id).where(Journal.plan_id == Plan.id).exists())
        .order_by(Plan.id)
    )
    rows = session.execute(query).all()
    is_its_turn = _turns(len(rows), night)
    mine = [(plan_id, number) for plan_id, number in rows if is_its_turn(plan_id)]
    for place in range(0, len(mine), BATCH):
        yield dict(mine[place : place + BATCH])


def _turns(count: int, night: date | None) -> Callable[[int], bool]:
    if night is None:
        return lambda _key: True
    nights = -(-count // A_NIGHT) or 1
    return lambda key: key % nights == night.toordinal() % nights


def _differing(book: Book, account: Account) -> Iterator[str]:
    last = max(beijing_date(one.link.posted_at) for one in book)
    as_of = max([last, *(one.paid_on for one in account.money)])
    found = replay([one.journal for one in book], journals_of(account, as_of), as_of)
    for gone in found.reversed:
        yield f"journal {gone.journal.seq} is not what its facts ask for"
    for new in found.wanted:
        yield f"{new.draft.kind} of {new.draft.value_on} for {new.draft.cause.id} is not posted"


def _unchained(number: str, book: Book, entries: Entries) -> Iterator[str]:
    last = first_hash(number)
    said: dict[int, tuple[EntryDraft, ...]] = {}
    for place, one in enumerate(book, 1):
        mine = tuple(entries.get(one.id, ()))
        kept = one.journal
        draft = JournalDraft(cast(JournalKind, one.kind), kept.value_on, kept.cause, mine)
        if content_sha256(draft) != kept.content_sha256:
            yield f"journal {kept.seq} is not what was posted"
        if kept.reverses is not None and said.get(kept.reverses) != negated(mine):
            yield f"journal {kept.seq} does not take back what it names"
        said[kept.seq] = mine
        if kept.seq != place or chained(last, one.link) != one.row_hash:
            yield f"journal {kept.seq}: the chain breaks here"
            # One break is enough: after it every journal looks wrong.
            return
        last = one.row_hash


def _below_zero(book: Book, entries: Entries) -> Iterator[str]:
    found: Counter[BalanceKey] = Counter()
    days = sorted({one.journal.value_on for one in book})
    by_day: dict[date, list[EntryDraft]] = {day: [] for day in days}
    for one in book:
        by_day[one.journal.value_on] += entries.get(one.id, ())
    for day in days:
        touched = set()
        for entry in by_day[day]:
            if entry.account in NEVER_NEGATIVE:
                key = BalanceKey(entry.account, entry.loan, entry.component, entry.number)
                found[key] += on_its_side(entry.account, entry.fen)
                touched.add(key)
        for key in touched:
            if found[key] < 0:
                yield f"{key.account} is {found[key]} on {day}"
