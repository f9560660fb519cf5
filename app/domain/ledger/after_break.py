"""The journals of a broken plan: its balances go to the contract, money is laid there anew, and
what the contract asks comes on as it falls due.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from app.domain.allocation import Components
from app.domain.calendar import add_months
from app.domain.keeping.account import MoneyNumber
from app.domain.keeping.breaking import BackAgain, contracts_back_on
from app.domain.keeping.missing import Walked
from app.domain.ledger.days import DayBooks, charge, credited, laid_by, summed
from app.domain.ledger.entries import EntryDraft, JournalDraft
from app.domain.ledger.recording import RecordedRun, more_of
from app.domain.schedule import schedule

# Loan, instalment of its contract, component.
ContractPart = tuple[str, int, str]
Laid = Mapping[tuple[MoneyNumber, ContractPart], int]
_DAY = timedelta(days=1)
_NAMES = tuple(name.removesuffix("_fen") for name in Components._fields)


def broken(
    books: DayBooks, walked: Walked, run: RecordedRun, as_of: date
) -> Iterator[JournalDraft]:
    """Yield the journals from the day of a break on. Penalty after it is posted whenever something
    happens, and at the end of each month; between these it runs on where the plan stands.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept: after a break.
    """
    broken_on = walked.broken_on
    if broken_on is None:
        return
    gone = [*_plan_gone(books, run), *_money_before(books), *_not_after_all(books, run)]
    taken = [
        one for number, lines in run.covered.items() for one in _uncovered(books, number, lines)
    ]
    asked: Counter[ContractPart] = Counter()
    laid: Laid = {}
    is_first = True
    for day, back in contracts_back_on(walked, _days(walked, broken_on, as_of)):
        now_asked, now_laid = _asked(back, day), _laid(back)
        more = more_of(asked, now_asked)
        if is_first:
            yield from _break(books, day, gone, more)
            yield from books.draft("allocation", day, [*taken, *_lay(laid, now_laid)])
        else:
            charged = [each for one in _contract_entries(more) for each in charge(one)]
            yield from books.draft("contract", day, charged)
            yield from books.draft("allocation", day, list(_lay(laid, now_laid)))
        asked, laid, is_first = now_asked, now_laid, False
    if is_first:
        # A contract that nobody knows: the plan is over, all money lies ahead.
        yield from _break(books, broken_on, gone, {})
        yield from books.draft("allocation", broken_on, taken)


def _plan_gone(books: DayBooks, run: RecordedRun) -> Iterator[EntryDraft]:
    for place, fen in enumerate(run.posted_fen()):
        if fen:
            yield books.asked(place, -fen)
    for kept in books.ground.account.plan.loans:
        for one in kept.waivers:
            if one.fen:
                yield EntryDraft("receivable", -one.fen, kept.ref, one.component)


def _not_after_all(books: DayBooks, run: RecordedRun) -> Iterator[EntryDraft]:
    """Where a break stands though money that came to light had ended the plan before it: what it
    earned and what it left over is the contract's.
    """
    if run.completed_on is not None:
        yield from books.waived(-1)
    yield from credited({number: -fen for number, fen in run.credit.items()})


def _money_before(books: DayBooks) -> Iterator[EntryDraft]:
    """Money of the agreements before lay on what they asked; the contract takes it anew."""
    account = books.ground.account
    before = account.earlier.money if account.earlier else ()
    gone = {one.reverses for one in before}
    for one in before:
        if one.reverses is None and one.number not in gone:
            yield EntryDraft("plan_money", -one.fen, payment=str(one.number))


def _uncovered(books: DayBooks, number: MoneyNumber, lines: Mapping[int, int]) -> list[EntryDraft]:
    return books.laid({number: {place: -fen for place, fen in lines.items()}})


def _break(
    books: DayBooks, day: date, gone: list[EntryDraft], asked: Mapping[ContractPart, int]
) -> Iterator[JournalDraft]:
    """What was promised goes, what the contract asks comes; the difference of each loan is the
    break's.
    """
    entries = [*gone, *_contract_entries(asked)]
    differences = summed(entries).items()
    entries += [EntryDraft("break_adjustment", -fen, ref) for ref, fen in differences if fen]
    yield from books.draft("break", day, entries)


def _contract_entries(asked: Mapping[ContractPart, int]) -> Iterator[EntryDraft]:
    for (ref, number, component), fen in asked.items():
        yield EntryDraft("receivable_contract", fen, ref, component, number)


def _days(walked: Walked, broken_on: date, as_of: date) -> list[date]:
    account = walked.ground.account
    days = {one.paid_on for one in account.money}
    for kept in account.plan.loans:
        if kept.contract is not None:
            days |= {one.due_on for one in schedule(kept.contract.terms)}
    days |= set(_month_ends(broken_on, as_of))
    return sorted({broken_on, *(one for one in days if broken_on < one <= as_of)})


def _month_ends(first: date, last: date) -> Iterator[date]:
    begins = add_months(first.replace(day=1), 1)
    while begins <= last + _DAY:
        yield begins - _DAY
        begins = add_months(begins, 1)


def _asked(back: BackAgain, day: date) -> Counter[ContractPart]:
    found: Counter[ContractPart] = Counter()
    for one in back.contracts:
        for row in one.rows:
            is_due = row.due_on <= day
            owed = (
                (row.fee, one.penalty_of(row, day), row.interest, row.principal)
                if is_due
                # Principal that is not yet due is owed all the same.
                else (0, 0, 0, row.principal)
            )
            for name, fen in zip(_NAMES, owed, strict=True):
                if fen:
                    found[one.ref, row.number, name] = fen
    return found


def _laid(back: BackAgain) -> Laid:
    found: Counter[tuple[MoneyNumber, ContractPart]] = Counter()
    for one in back.contracts:
        for cover in one.covers:
            found[cover.payment, (one.ref, cover.number, cover.component)] += cover.fen
    return found


def _lay(was: Laid, now: Laid) -> Iterator[EntryDraft]:
    by_payment: dict[MoneyNumber, dict[ContractPart, int]] = {}
    for (number, part), fen in more_of(was, now).items():
        by_payment.setdefault(number, {})[part] = -fen
    for number, parts in by_payment.items():
        yield from laid_by(number, _contract_entries(parts))
