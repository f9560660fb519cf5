"""Reads a nightly file row by row, judges each, and stages what is to be stored. Never commits."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.domain.characters import DAMAGED, visible
from app.domain.nightly_fields import MESSAGES, RowFault, clean, read_day
from app.domain.nightly_row import AS_OF, CUSTOMER, NUMBER_CHARS, REF
from app.models import Loan, NightlyFile, new_public_id
from app.ports.book import Book, BookLine
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.nightly.layout import Layout, rows_of_loans
from app.services.nightly.people import PersonConflict, settle_people
from app.services.nightly.reading import GoodRow, ReadRow, RowReader, SomeLines, ToldFault
from app.services.staged.staging import FirstSaid, StagingArea
from app.services.staged.stored import (
    KnownBorrower,
    planned_refs,
    stored_numbers,
    stored_people,
    stored_refs,
)

# Four look-ups a piece instead of a row; small enough that some pieces at once are little memory.
PIECE_LINES = 1000
TOTALS = ("principal", "left", "overdue_principal", "interest", "penalty", "fee")


@dataclass
class JudgingCounts:
    """The counts of a file as far as it was read. Units: fen."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    discrepancies: int = 0
    over_ceiling: int = 0
    # Rows of loans on which no plan was signed, and those of them that are not ours.
    compared: int = 0
    unlike: int = 0
    conflicts: tuple[PersonConflict, ...] = ()
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOTALS, 0))


def date_of(book: Book, layout: Layout) -> date | None:
    """Return the as-of date that most rows carry."""
    place = layout.known[AS_OF]
    written = Counter(clean(line.cells[place]) for line in book.lines() if place < len(line.cells))
    dates: Counter[date] = Counter()

    for text, count in written.items():
        try:
            dates[read_day(text, AS_OF)] += count
        except RowFault:
            continue

    # The date of most rows: a single slip must not date the file. Rows of another day are refused
    # one by one.
    return dates.most_common(1)[0][0] if dates else None


def judge_book(
    session: Session,
    context: Context,
    *,
    book: Book,
    layout: Layout,
    as_of: date,
    ceiling_ppm: int,
    stage: StagingArea,
) -> JudgingCounts:
    """Judge every row into the stage; personal data is encrypted on the way."""
    judging = _RowJudge(context.vault, stage)
    reader = RowReader(context.vault, layout, as_of, ceiling_ppm)
    pieces = _pieces(session, layout, rows_of_loans(book.lines()))
    # Rows are read by several processes, and held against each other here, in their order.
    with closing(context.gateways.processes.in_order(reader, pieces)) as read:
        for rows in read:
            judging.take(session, rows)
    judging.judged.conflicts = settle_people(session, stage=stage)
    return judging.judged


def _pieces(session: Session, layout: Layout, lines: Iterator[BookLine]) -> Iterator[SomeLines]:
    place = layout.known[REF]
    while part := list(islice(lines, PIECE_LINES)):
        refs = {clean(one.cells[place]) for one in part if place < len(one.cells)}
        yield SomeLines(part, stored_refs(session, refs=refs), planned_refs(session, refs=refs))


class _RowJudge:
    """Holds rows that were read against the rows before them and against what is stored."""

    def __init__(self, vault: Vault, stage: StagingArea) -> None:
        self.vault = vault
        self.stage = stage
        self.judged = JudgingCounts()
        # Of the rows at hand: whose a customer number is, in the tables and in rows before; loan
        # numbers of good rows before; people stored, and as the first row of each had them.
        self.numbers: dict[str, str] = {}
        self.said_numbers: dict[str, str] = {}
        self.refs: set[str] = set()
        self.known: dict[str, KnownBorrower] = {}
        self.people: dict[str, FirstSaid] = {}
        self.adding: dict[str, list[Sequence[object]]] = {}

    def take(self, session: Session, rows: Sequence[ReadRow]) -> None:
        """Stage the good rows and the faults of one piece."""
        told = [row for row in rows if row.id_hmac and row.customer_no is not None]
        numbers, people = {row.customer_no or "" for row in told}, {row.id_hmac for row in told}
        self.numbers = stored_numbers(session, numbers=numbers)
        self.known = stored_people(session, id_hmacs=people)
        self.said_numbers = self.stage.numbers_among(numbers)
        self.people = self.stage.people_among(people)
        self.refs = self.stage.refs_among({row.ref for row in rows})
        self.adding = {table: [] for table in ("numbers", "people", "book_rows", "faults")}
        for row in rows:
            self.judged.rows += 1
            fault = self._fault(row)
            if fault is not None:
                self._reject(row.line, row.ref, fault)
            elif row.good is not None:
                self._add(row, row.good)
        for table, added in self.adding.items():
            self.stage.add_all(table, added)

    def _fault(self, row: ReadRow) -> ToldFault | None:
        """Return the first fault in the order of the columns, the rows before counted in."""
        if row.customer_no is None or (row.fault and row.fault.field == CUSTOMER):
            return row.fault
        if row.id_hmac:
            # Held against the table first: one number with another ID would give someone else's
            # loan to a borrower.
            number = row.customer_no
            before = self.numbers.get(number) or self.said_numbers.get(number)
            if before is not None and before != row.id_hmac:
                return ToldFault(CUSTOMER, "customer_conflict", MESSAGES["customer_conflict"])
        if row.ref and row.ref in self.refs:
            return ToldFault(REF, "duplicate_ref", MESSAGES["duplicate_ref"])
        return row.fault

    def _reject(self, number: int, ref: str, fault: ToldFault) -> None:
        self.judged.rejected += 1
        # Faults hold no personal data, only the loan's number where it can be stored.
        seen = visible(ref)
        legible = seen if len(seen) <= NUMBER_CHARS and DAMAGED not in ref else ""
        self.adding["faults"].append((number, legible, *fault))

    def _add(self, row: ReadRow, good: GoodRow) -> None:
        self._say_person(row.line, row.id_hmac, good)
        self.refs.add(row.ref)
        self.adding["book_rows"].append(good.values)
        self._count(good)

    def _say_person(self, line: int, id_hmac: str, good: GoodRow) -> None:
        """Take what a row says of its person; rows that say something else are told apart."""
        number = good.person.customer_no
        if number not in self.said_numbers:
            self.said_numbers[number] = id_hmac
            self.adding["numbers"].append((number, id_hmac, line))
        first = self.people.get(id_hmac)
        if first is None:
            public_id = self._add_person(line, id_hmac, good)
            self.people[id_hmac] = FirstSaid(public_id, good.name_hmac, good.mobile_hmac)
            return
        for name, before, now in (
            ("name", first.name_hmac, good.name_hmac),
            ("mobile", first.mobile_hmac, good.mobile_hmac),
        ):
            if now != before and not self.stage.has_variant(id_hmac, name, now):
                sealed = self._seal(first.public_id, name, getattr(good.person, name))
                last4 = self._last4(good.person.mobile) if name == "mobile" else None
                self.stage.add("variants", (id_hmac, name, sealed, now, last4, line))

    def _add_person(self, line: int, id_hmac: str, good: GoodRow) -> str:
        person, stored = good.person, self.known.get(id_hmac)
        # By keyed hashes: nothing is unsealed to find out whether something changed. What was
        # contested counts as changed, until the whole file is read.
        marks = (0, 0)
        if stored:
            marks = (
                int(stored.is_contested or stored.name_hmac != good.name_hmac),
                int(stored.is_contested or stored.mobile_hmac != good.mobile_hmac),
            )
        public_id = stored.public_id if stored else new_public_id()
        head = (person.customer_no, public_id, int(stored is None), *marks, 0, line)
        if stored and not any(marks):
            # An unchanged person is staged without sealed values: a file of the same people seals
            # nothing.
            values: tuple[object, ...] = (
                *(None, good.name_hmac, None, good.mobile_hmac),
                *("", None, id_hmac, "", 0),
            )
        else:
            values = (
                self._seal(public_id, "name", person.name),
                good.name_hmac,
                self._seal(public_id, "mobile", person.mobile),
                good.mobile_hmac,
                self._last4(person.mobile),
                self._seal(public_id, "id", person.id_number),
                id_hmac,
                self.vault.fingerprint(person.id_number[-4:], purpose="id_last4"),
                self.vault.key_version,
            )
        self.adding["people"].append((*head, *values))
        return public_id

    def _seal(self, public_id: str, column: str, text: str) -> bytes:
        return self.vault.seal(text, table="borrowers", row=public_id, column=column)

    def _last4(self, mobile: str) -> str:
        return self.vault.fingerprint(mobile[-4:], purpose="mobile_last4")

    def _count(self, good: GoodRow) -> None:
        judged = self.judged
        judged.accepted += 1
        judged.discrepancies += good.differences
        judged.over_ceiling += good.is_over_ceiling
        judged.compared += good.is_compared
        judged.unlike += good.is_unlike
        for name, fen in zip(TOTALS, good.sums, strict=True):
            judged.totals[name] += fen


def stored_date(session: Session) -> date | None:
    """Return the as-of date of the newest stored figures."""
    # Not of loans that are missing: one may be left of a file that was taken back.
    own = and_(~Loan.is_in_book, Loan.missing_since_on.is_(None))
    of_loans = session.scalar(select(func.max(Loan.own_as_of_on)).where(own))
    applied = NightlyFile.state == "applied"
    of_files = session.scalar(select(func.max(NightlyFile.as_of_on)).where(applied))
    return max(filter(None, (of_loans, of_files)), default=None)
