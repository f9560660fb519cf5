"""The journal that closes the books of a plan into those of the one that took its place."""

from collections import Counter
from collections.abc import Iterator

from app.domain.calendar import beijing_date
from app.domain.ledger.days import DayBooks
from app.domain.ledger.entries import Cause, EntryDraft, JournalDraft
from app.domain.ledger.recording import RecordedRun


def carried(books: DayBooks, run: RecordedRun) -> Iterator[JournalDraft]:
    """Yield the journal by which all that a plan is still owed goes over to another: on the day
    that one was signed, waivers promised among it. What it opens with is the same to the fen.

    Units:  fen.
    Source: rules part 1, the ledger; how a signed plan is kept: change.
    """
    account = books.ground.account
    if account.replaced is None or not run.is_handed_over:
        return
    gone = [books.asked(place, -fen) for place, fen in enumerate(run.left_open()) if fen]
    for kept in account.plan.loans:
        gone += [
            EntryDraft("receivable", -one.fen, kept.ref, one.component)
            for one in kept.waivers
            if one.fen
        ]
    over: Counter[tuple[str | None, str | None]] = Counter()
    for one in gone:
        # In the plan that follows interest of this one is interest from before it.
        name = "interest" if one.component == "plan_interest" else one.component
        over[one.loan, name] -= one.fen
    entries = (
        *gone,
        *(EntryDraft("carried", fen, loan, name) for (loan, name), fen in over.items()),
    )
    if entries:
        cause = Cause("carried", account.replaced.number)
        yield JournalDraft("carried", beijing_date(account.replaced.at), cause, entries)
