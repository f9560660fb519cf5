"""The journals of a day on which a plan ran: what fell due, what money was laid on, what became of
the rest.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.keeping.account import MoneyIn, MoneyNumber, RefundMade
from app.domain.keeping.ground import KeptGround
from app.domain.keeping.money_run import Covered, money_days
from app.domain.ledger.entries import Cause, EntryDraft, JournalDraft, JournalKind, LoanAccount
from app.domain.ledger.opening import value_day
from app.domain.ledger.recording import RunDay


@dataclass(frozen=True, slots=True)
class DayBooks:
    """Writes the journals of a plan's days."""

    ground: KeptGround

    def draft(
        self, kind: JournalKind, day: date, entries: Sequence[EntryDraft]
    ) -> Iterator[JournalDraft]:
        """Yield the day's one journal of a kind, where it says anything."""
        if entries:
            value_on = value_day(self.ground.account.plan.signed_on, day)
            yield JournalDraft(kind, value_on, Cause(kind, day.isoformat()), tuple(entries))

    def of(self, one: RunDay) -> Iterator[JournalDraft]:
        """Yield the journals of one day."""
        due, running, regular = self._charged(one)
        yield from self.draft("plan_interest", one.day, due)
        yield from self.draft("settlement", one.day, running)
        yield from self.draft("contract", one.day, regular)
        yield from self.draft("allocation", one.day, self.laid(one.covered))
        yield from self.draft("waiver", one.day, self.waived(one.completed))
        yield from self.draft("credit", one.day, credited(one.credit))

    def _charged(self, one: RunDay) -> tuple[list[EntryDraft], ...]:
        """What fell due, what a pay-off asks of the running period, what the contract asks."""
        due: list[EntryDraft] = []
        running: list[EntryDraft] = []
        regular: list[EntryDraft] = []
        is_due = {line for group in self.ground.groups[: one.due] for line in group.lines}
        for place, fen in one.charged.items():
            line = self.ground.lines[place]
            into = regular if line.is_regular else due if place in is_due else running
            into += charge(self.asked(place, fen))
        return due, running, regular

    def asked(self, place: int, fen: int) -> EntryDraft:
        """Return so much more of a line's receivable, in fen."""
        line = self.ground.lines[place]
        ref = self.ground.account.plan.loans[line.loan].ref
        account: LoanAccount = "receivable_regular" if line.is_regular else "receivable"
        return EntryDraft(account, fen, ref, line.component, line.number)

    def laid(self, covered: Mapping[MoneyNumber, Covered]) -> list[EntryDraft]:
        """Return the entries by which payments cover lines; less than nothing is uncovered."""
        found: list[EntryDraft] = []
        for number, lines in covered.items():
            entries = (self.asked(place, -fen) for place, fen in lines.items())
            found += laid_by(number, entries)
        return found

    def waived(self, completed: int) -> list[EntryDraft]:
        """Return the entries by which waivers are earned, for -1 by which they are not."""
        earned = (
            (kept.ref, one.component, completed * one.fen)
            for kept in self.ground.account.plan.loans
            for one in kept.waivers
        )
        return [
            entry
            for ref, component, fen in earned
            if fen
            for entry in (
                EntryDraft("waiver_expense", fen, ref, component),
                EntryDraft("waived", -fen, ref, component),
            )
        ]


def charge(asked: EntryDraft) -> tuple[EntryDraft, EntryDraft]:
    """Return what is asked of a loan, and where that comes from: principal was lent before, all
    else is income.
    """
    other = asked._replace(fen=-asked.fen, number=None)
    is_lent = asked.component == "principal"
    return asked, other._replace(account="opening" if is_lent else "income")


def laid_by(number: MoneyNumber, covered: Iterator[EntryDraft]) -> Iterator[EntryDraft]:
    """Yield what a payment is laid on, and what of it no longer lies ahead."""
    payment, laid = str(number), 0
    for one in covered:
        laid += one.fen
        yield one._replace(payment=payment)
    if laid:
        yield EntryDraft("plan_money", -laid, payment=payment)


def credited(credit: Mapping[MoneyNumber, int]) -> list[EntryDraft]:
    """Return the entries by which money becomes the borrower's again, in fen by its number."""
    found: list[EntryDraft] = []
    for number, fen in credit.items():
        found.append(EntryDraft("plan_money", fen, payment=str(number)))
        found.append(EntryDraft("credit", -fen, payment=str(number)))
    return found


def receipts(money: Sequence[MoneyIn], as_of: date) -> Iterator[JournalDraft]:
    """Yield the journal of every payment, and of every reversal of one, up to a day.

    Units:  fen; that of a reversal names the payment that it takes back.
    Source: rules part 1, the ledger.
    """
    stands: set[MoneyNumber] = set()
    days = money_days(one for one in money if one.paid_on <= as_of)
    # Of one day what came before what was taken back, as where the plan stands.
    for came, reversals in days.values():
        for one in came:
            stands.add(one.number)
            yield _receipt(one, one.fen, one.number)
        for one in reversals:
            # What takes back nothing that came takes back nothing.
            if one.reverses is not None and one.reverses in stands:
                stands.remove(one.reverses)
                yield _receipt(one, -one.fen, one.reverses)


def _receipt(one: MoneyIn, fen: int, number: MoneyNumber) -> JournalDraft:
    payment = str(number)
    entries = (
        EntryDraft("bank", fen, payment=payment),
        EntryDraft("plan_money", -fen, payment=payment),
    )
    return JournalDraft("receipt", one.paid_on, Cause("payment", str(one.number)), entries)


def refunds(made: Iterable[RefundMade], as_of: date) -> Iterator[JournalDraft]:
    """Yield the journal of every refund up to a day, and of what of them came back.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept: credit; the ledger.
    """
    for one in made:
        for kind, day, fen in (
            ("refund", one.paid_on, one.fen),
            ("back", one.bounced_on, -one.fen),
        ):
            if day is not None and day <= as_of:
                entries = (EntryDraft("credit", fen), EntryDraft("bank", -fen))
                yield JournalDraft("refund", day, Cause(kind, one.number), entries)


def summed(entries: Sequence[EntryDraft]) -> Counter[str | None]:
    """Return what entries come to loan by loan, in fen."""
    found: Counter[str | None] = Counter()
    for one in entries:
        found[one.loan] += one.fen
    return found
