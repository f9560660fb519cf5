"""Reads a nightly file row by row, judges each, and stages what is to be stored. Never commits."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.domain.characters import DAMAGED, visible
from app.domain.nightly_fields import RowFault, clean, read_day, read_identity
from app.domain.nightly_row import (
    AS_OF,
    CUSTOMER,
    ID_NUMBER,
    NUMBER_CHARS,
    REF,
    BookRow,
    Comparison,
    Person,
    compare,
    judge_row,
)
from app.domain.states import PLAN_MOVES
from app.models import Borrower, Loan, NightlyFile, Plan, PlanLoan, new_public_id
from app.ports.book import Book, BookLine
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.nightly.layout import Layout, rows_of_loans
from app.services.nightly.people import PersonConflict, settle_people
from app.services.staged.staging import StagingArea

# Two look-ups a chunk instead of a row, and few enough keys for one query on either database.
CHUNK = 500
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


class KnownBorrower(NamedTuple):
    """Keyed hashes of a stored borrower."""

    public_id: str
    name_hmac: str
    mobile_hmac: str
    is_contested: bool


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
    judging = _RowJudge(context.vault, stage, as_of, ceiling_ppm)
    lines = rows_of_loans(book.lines())
    while chunk := list(islice(lines, CHUNK)):
        judging.chunk(session, layout, chunk)
    judging.judged.conflicts = settle_people(session, stage=stage)
    return judging.judged


class _RowJudge:
    def __init__(self, vault: Vault, stage: StagingArea, as_of: date, ceiling_ppm: int) -> None:
        self.vault = vault
        self.stage = stage
        self.as_of = as_of
        self.ceiling_ppm = ceiling_ppm
        self.judged = JudgingCounts()
        # Stored people by the keyed hash of their ID, and whose a customer number is.
        self.known: dict[str, KnownBorrower] = {}
        self.numbers: dict[str, str] = {}
        self.stored_refs: dict[str, str] = {}
        self.planned_refs: set[str] = set()
        # What was hashed for the rows at hand: rows of one person stand together.
        self.hmacs: dict[str, str] = {}

    def chunk(self, session: Session, layout: Layout, lines: list[BookLine]) -> None:
        read = [(line, *_cells_or_fault(layout, line)) for line in lines]
        told = [cells for _, cells, fault in read if not fault]
        self.hmacs.clear()
        self.numbers = _stored_numbers(session, [cells[CUSTOMER] for cells in told])
        self.known = _stored_people(session, {*map(self._id_hmac, told)} - {""})
        refs = [cells[REF] for _, cells, fault in read if not fault]
        self.stored_refs = _stored_refs(session, refs)
        self.planned_refs = _planned_refs(session, refs)

        for line, cells, fault in read:
            self.judged.rows += 1
            try:
                if fault:
                    raise fault
                self._judge_line(line.number, cells, layout.kept(line))
            except RowFault as found:
                self._reject(line.number, cells, found)

    def _judge_line(self, number: int, cells: dict[str, str], extra: dict[str, str]) -> None:
        id_hmac, is_customer_taken = self._identity(cells)
        is_ref_taken = bool(cells[REF]) and self.stage.has_ref(cells[REF])
        row = judge_row(
            cells,
            as_of=self.as_of,
            is_ref_taken=is_ref_taken,
            is_customer_taken=is_customer_taken,
            has_plan=cells[REF] in self.planned_refs,
        )
        compared = compare(row, as_of=self.as_of, ceiling_ppm=self.ceiling_ppm)
        self._say_person(number, row.person, id_hmac)
        self._add_row(number, row, compared, extra, id_hmac)
        self._count(row, compared)

    def _id_hmac(self, cells: dict[str, str]) -> str:
        """Return the ID's keyed hash; empty where it cannot be read."""
        told = cells[ID_NUMBER]
        if told not in self.hmacs:
            try:
                id_number = read_identity(told, ID_NUMBER, as_of=self.as_of)
            except RowFault:
                self.hmacs[told] = ""
            else:
                self.hmacs[told] = self.vault.fingerprint(id_number, purpose="id")
        return self.hmacs[told]

    def _identity(self, cells: dict[str, str]) -> tuple[str, bool]:
        """Return the ID's keyed hash and whether the customer number is known with another one."""
        id_hmac = self._id_hmac(cells)
        if not id_hmac:
            return "", False
        # Held against the table first: one number with another ID would give someone else's loan to
        # a borrower.
        number = cells[CUSTOMER]
        before = self.numbers.get(number) or self.stage.id_hmac_of(number)

        return id_hmac, before is not None and before != id_hmac

    def _reject(self, number: int, cells: dict[str, str], fault: RowFault) -> None:
        self.judged.rejected += 1
        ref = cells.get(REF, "")
        # Faults hold no personal data, only the loan's number where it can be stored.
        seen = visible(ref)
        legible = seen if len(seen) <= NUMBER_CHARS and DAMAGED not in ref else ""
        self.stage.add("faults", (number, legible, fault.field, fault.code, fault.message))

    def _say_person(self, line: int, person: Person, id_hmac: str) -> None:
        """Take what a row says of its person; rows that say something else are told apart."""
        if self.stage.id_hmac_of(person.customer_no) is None:
            self.stage.add("numbers", (person.customer_no, id_hmac, line))
        hmacs = {
            "name": self.vault.fingerprint(person.name, purpose="name"),
            "mobile": self.vault.fingerprint(person.mobile, purpose="mobile"),
        }
        first = self.stage.person(id_hmac)
        if first is None:
            self._add_person(line, person, id_hmac, hmacs)
            return
        for name, hmac in hmacs.items():
            if hmac != first[f"{name}_hmac"] and not self.stage.has_variant(id_hmac, name, hmac):
                sealed = self._seal(first["public_id"], name, getattr(person, name))
                last4 = self._last4(person.mobile) if name == "mobile" else None
                self.stage.add("variants", (id_hmac, name, sealed, hmac, last4, line))

    def _add_person(self, line: int, person: Person, id_hmac: str, hmacs: dict[str, str]) -> None:
        # By keyed hashes: nothing is unsealed to find out whether something changed. What was
        # contested counts as changed, until the whole file is read.
        stored = self.known.get(id_hmac)
        marks = [
            int(
                stored is not None
                and (stored.is_contested or getattr(stored, f"{name}_hmac") != hmac)
            )
            for name, hmac in hmacs.items()
        ]
        public_id = stored.public_id if stored else new_public_id()
        head = (person.customer_no, public_id, int(stored is None), *marks, 0, line)
        if stored and not any(marks):
            # An unchanged person is staged without sealed values: a file of the same people seals
            # nothing.
            values: tuple[object, ...] = (
                None,
                hmacs["name"],
                None,
                hmacs["mobile"],
                "",
                None,
                id_hmac,
                "",
                0,
            )
        else:
            values = (
                self._seal(public_id, "name", person.name),
                hmacs["name"],
                self._seal(public_id, "mobile", person.mobile),
                hmacs["mobile"],
                self._last4(person.mobile),
                self._seal(public_id, "id", person.id_number),
                id_hmac,
                self.vault.fingerprint(person.id_number[-4:], purpose="id_last4"),
                self.vault.key_version,
            )
        self.stage.add("people", (*head, *values))

    def _seal(self, public_id: str, column: str, text: str) -> bytes:
        return self.vault.seal(text, table="borrowers", row=public_id, column=column)

    def _last4(self, mobile: str) -> str:
        return self.vault.fingerprint(mobile[-4:], purpose="mobile_last4")

    def _add_row(
        self,
        number: int,
        row: BookRow,
        compared: Comparison,
        extra: dict[str, str],
        id_hmac: str,
    ) -> None:
        terms, since = row.terms, row.overdue_since_on
        stored = self.stored_refs.get(row.ref)
        public_id = stored or new_public_id()
        values = (
            row.ref,
            # Without a public id it is no new loan: that is how the applier tells the two apart.
            None if stored else public_id,
            id_hmac,
            row.person.customer_no,
            row.contract_no,
            row.product,
            terms.method.value,
            terms.principal_fen,
            terms.annual_ppm,
            terms.uplift_ppm,
            terms.day_basis,
            terms.periods,
            row.paid,
            terms.start_on.isoformat(),
            terms.due_day,
            row.maturity_on.isoformat(),
            int(compared.is_different),
            int(compared.owed.excess_fen > 0),
            *self._sealed(row.ref, row.remark, table="loans", row=public_id, column="remark"),
            number,
            since.isoformat() if since else None,
            row.days_past_due,
            *row.figures,
            _json(compared.differences),
            *self._sealed(
                row.ref,
                _json(extra) if extra else "",
                table="loan_snapshots",
                row=snapshot_row(public_id, self.as_of),
                column="extra",
            ),
            self.vault.key_version,
        )
        self.stage.add("book_rows", values)

    def _sealed(
        self, ref: str, text: str, *, table: str, row: str, column: str
    ) -> tuple[bytes | None, str]:
        """Return a text sealed for its row, with a keyed hash to tell whether it changed."""
        if not text:
            return None, ""
        # The number is hashed along: equal remarks of two loans are not told apart from others.
        keyed = self.vault.fingerprint(f"{ref}\n{text}", purpose=column)
        return self.vault.seal(text, table=table, row=row, column=column), keyed

    def _count(self, row: BookRow, compared: Comparison) -> None:
        judged = self.judged
        judged.accepted += 1
        judged.discrepancies += len(compared.differences)
        judged.over_ceiling += compared.owed.excess_fen > 0
        # A signed plan is the book of its loan: there the core system's figures may be others.
        if row.ref not in self.planned_refs:
            judged.compared += 1
            judged.unlike += compared.is_different
        for name, fen in zip(TOTALS, (row.terms.principal_fen, *row.figures), strict=True):
            judged.totals[name] += fen


def _json(values: dict[str, int] | dict[str, str]) -> str:
    # Sorted, so that equal values are equal texts: the applier compares them as text.
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else "{}"


def _cells_or_fault(layout: Layout, line: BookLine) -> tuple[dict[str, str], RowFault | None]:
    try:
        return layout.cells(line), None
    except RowFault as fault:
        return layout.ref_of(line), fault


def _stored_numbers(session: Session, numbers: Sequence[str]) -> dict[str, str]:
    """Return by customer number the keyed hash of the ID it stands for."""
    asked = _askable(numbers)
    own = select(Borrower.customer_no, Borrower.id_hmac).where(Borrower.customer_no.in_(asked))
    of_loans = select(Loan.customer_no, Borrower.id_hmac).join(
        Borrower, Borrower.id == Loan.borrower_id
    )
    found = session.execute(own.union(of_loans.where(Loan.customer_no.in_(asked))))
    return {number: id_hmac for number, id_hmac in found}


def _stored_people(session: Session, id_hmacs: Collection[str]) -> dict[str, KnownBorrower]:
    query = select(
        Borrower.id_hmac,
        Borrower.public_id,
        Borrower.name_hmac,
        Borrower.mobile_hmac,
        Borrower.is_contested,
    ).where(Borrower.id_hmac.in_(id_hmacs))
    # The oldest row of a person stands.
    found = session.execute(query.order_by(Borrower.id.desc()))
    return {
        one.id_hmac: KnownBorrower(one.public_id, one.name_hmac, one.mobile_hmac, one.is_contested)
        for one in found
    }


def _stored_refs(session: Session, refs: Sequence[str]) -> dict[str, str]:
    query = select(Loan.ref, Loan.public_id).where(Loan.ref.in_(_askable(refs)))
    return {ref: public_id for ref, public_id in session.execute(query)}


def _planned_refs(session: Session, refs: Sequence[str]) -> set[str]:
    """Return the loans on which a plan was ever signed, kept or ended."""
    query = select(Loan.ref).join(PlanLoan, PlanLoan.loan_id == Loan.id)
    query = query.join(Plan, Plan.id == PlanLoan.plan_id).where(Plan.state.in_(PLAN_MOVES))
    return set(session.scalars(query.where(Loan.ref.in_(_askable(refs)))))


def _askable(texts: Sequence[str]) -> set[str]:
    """Return the texts a database can be asked for; PostgreSQL takes no NUL, and no row with one is
    stored.
    """
    return {text for text in texts if "\0" not in text}


def snapshot_row(loan_public_id: str, as_of: date) -> str:
    """Return what a sealed value of a loan's figures of a day is bound to."""
    return f"{loan_public_id}:{as_of.isoformat()}"


def stored_date(session: Session) -> date | None:
    """Return the as-of date of the newest stored figures."""
    # Not of loans that are missing: one may be left of a file that was taken back.
    own = and_(~Loan.is_in_book, Loan.missing_since_on.is_(None))
    of_loans = session.scalar(select(func.max(Loan.own_as_of_on)).where(own))
    applied = NightlyFile.state == "applied"
    of_files = session.scalar(select(func.max(NightlyFile.as_of_on)).where(applied))
    return max(filter(None, (of_loans, of_files)), default=None)
