"""Every journal of a plan that its facts ask for: the one place that says what the ledger holds."""

from collections.abc import Iterator
from datetime import date
from typing import get_args

from app.domain.keeping.account import Account
from app.domain.keeping.missing import Walked, walked
from app.domain.ledger.after_break import broken
from app.domain.ledger.carrying import carried
from app.domain.ledger.days import DayBooks, receipts, refunds
from app.domain.ledger.entries import JournalDraft, JournalKind
from app.domain.ledger.opening import opening
from app.domain.ledger.recording import RecordedRun

# Of one value day: what is asked before what is laid on it.
_ORDER = {kind: place for place, kind in enumerate(get_args(JournalKind))}


def journals_of(account: Account, as_of: date) -> tuple[JournalDraft, ...]:
    """Return every journal that a signed plan's facts ask for up to the end of a day, in the order
    of their days; of an earlier day it returns the earlier ones of the same.

    Units:  fen; each sums to zero.
    Source: rules part 1, the ledger.
    """
    found = walked(account, as_of, RecordedRun)
    drafts = _drafts(account, found, as_of)
    return tuple(sorted((one for one in drafts if one.value_on <= as_of), key=_place))


def _drafts(account: Account, found: Walked, as_of: date) -> Iterator[JournalDraft]:
    run = RecordedRun.of(found)
    books = DayBooks(found.ground)
    yield opening(found.ground)
    yield from receipts(account.money, as_of)
    yield from refunds(account.refunds, as_of)
    for day in run.recorded:
        yield from books.of(day)
    yield from broken(books, found, run, as_of)
    yield from carried(books, run)


def _place(one: JournalDraft) -> tuple[date, int, str]:
    return one.value_on, _ORDER[one.kind], one.cause.id
