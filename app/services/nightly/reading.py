"""Rows of a nightly file read and held against our own figures: all that needs neither the database
nor the rows before, so that several processes can do it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.domain.nightly_fields import RowFault, read_paper
from app.domain.nightly_row import (
    CUSTOMER,
    ID_NUMBER,
    ID_TYPE,
    REF,
    BookRow,
    Comparison,
    Person,
    compare,
    judge_row,
)
from app.models import new_public_id
from app.ports.book import BookLine
from app.ports.vault import Vault
from app.services.nightly.layout import Layout


class SomeLines(NamedTuple):
    """Some lines of a file, with what is stored of their loans: the public id, and which of them
    ever had a plan.
    """

    lines: Sequence[BookLine]
    stored_refs: Mapping[str, str]
    planned_refs: Collection[str]


class ToldFault(NamedTuple):
    """The first thing wrong with a row by itself."""

    field: str
    code: str
    message: str


class GoodRow(NamedTuple):
    """A row without fault: whose it is, and its values as they are staged. Units: fen."""

    person: Person
    name_hmac: str
    mobile_hmac: str
    values: tuple[object, ...]
    sums: tuple[int, ...]
    differences: int
    is_over_ceiling: bool
    # On a loan without a plan: held against our figures, and not equal to them.
    is_compared: bool
    is_unlike: bool


class ReadRow(NamedTuple):
    """One row by itself; without a customer number it could not be parted into cells."""

    line: int
    ref: str
    customer_no: str | None
    # Empty where the ID cannot be read.
    id_hmac: str
    fault: ToldFault | None
    good: GoodRow | None


@dataclass(frozen=True)
class RowReader:
    """Reads rows of one file; sealed and hashed with the keys of the vault."""

    vault: Vault
    layout: Layout
    as_of: date
    ceiling_ppm: int

    def __call__(self, piece: SomeLines) -> list[ReadRow]:
        """Return what each line says, or what is wrong with it."""
        hashes: dict[tuple[str, str], str] = {}
        return [self._read(line, piece, hashes) for line in piece.lines]

    def _read(
        self, line: BookLine, piece: SomeLines, hashes: dict[tuple[str, str], str]
    ) -> ReadRow:
        try:
            cells = self.layout.cells(line)
        except RowFault as fault:
            ref = self.layout.ref_of(line).get(REF, "")
            return ReadRow(line.number, ref, None, "", _told(fault), None)
        id_hmac = self._id_hmac((cells[ID_TYPE], cells[ID_NUMBER]), hashes)
        head = (line.number, cells[REF], cells[CUSTOMER], id_hmac)
        try:
            row = judge_row(
                cells,
                as_of=self.as_of,
                # Only the rows before tell: held against them where they are known.
                is_ref_taken=False,
                is_customer_taken=False,
                has_plan=cells[REF] in piece.planned_refs,
            )
            compared = compare(row, as_of=self.as_of, ceiling_ppm=self.ceiling_ppm)
        except RowFault as fault:
            return ReadRow(*head, _told(fault), None)
        values = self._values(line, row, compared, piece.stored_refs.get(row.ref), id_hmac)
        has_plan = row.ref in piece.planned_refs
        return ReadRow(*head, None, self._good(row, compared, values, has_plan, hashes))

    def _id_hmac(self, told: tuple[str, str], hashes: dict[tuple[str, str], str]) -> str:
        """Of the cells of a paper's kind and number."""
        if told not in hashes:
            try:
                id_number = read_paper(*told, (ID_TYPE, ID_NUMBER), as_of=self.as_of)
            except RowFault:
                hashes[told] = ""
            else:
                hashes[told] = self.vault.fingerprint(id_number, purpose="id")
        return hashes[told]

    def _good(
        self,
        row: BookRow,
        compared: Comparison,
        values: tuple[object, ...],
        has_plan: bool,
        hashes: dict[tuple[str, str], str],
    ) -> GoodRow:
        return GoodRow(
            row.person,
            self._hash("name", row.person.name, hashes),
            self._hash("mobile", row.person.mobile, hashes),
            values,
            (row.terms.principal_fen, *row.figures),
            len(compared.differences),
            compared.owed.excess > 0,
            # A signed plan is the book of its loan: there the core system's figures may be others.
            not has_plan,
            compared.is_different and not has_plan,
        )

    def _hash(self, purpose: str, text: str, hashes: dict[tuple[str, str], str]) -> str:
        # Rows of one person stand together: what was hashed is kept for the lines at hand.
        key = (purpose, text)
        if key not in hashes:
            hashes[key] = self.vault.fingerprint(text, purpose=purpose)
        return hashes[key]

    def _values(
        self,
        line: BookLine,
        row: BookRow,
        compared: Comparison,
        stored: str | None,
        id_hmac: str,
    ) -> tuple[object, ...]:
        """Return a row as it is staged: the order is that of the stage's columns."""
        terms, since = row.terms, row.overdue_since_on
        extra = self.layout.kept(line)
        public_id = stored or new_public_id()
        return (
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
            int(compared.owed.excess > 0),
            *self._sealed(row.ref, row.remark, table="loans", row=public_id, column="remark"),
            line.number,
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

    def _sealed(
        self, ref: str, text: str, *, table: str, row: str, column: str
    ) -> tuple[bytes | None, str]:
        """Return a text sealed for its row, with a keyed hash to tell whether it changed."""
        if not text:
            return None, ""
        # The number is hashed along: equal remarks of two loans are not told apart from others.
        keyed = self.vault.fingerprint(f"{ref}\n{text}", purpose=column)
        return self.vault.seal(text, table=table, row=row, column=column), keyed


def snapshot_row(loan_public_id: str, as_of: date) -> str:
    """Return what a sealed value of a loan's figures of a day is bound to."""
    return f"{loan_public_id}:{as_of.isoformat()}"


def _told(fault: RowFault) -> ToldFault:
    return ToldFault(fault.field, fault.code, fault.message)


def _json(values: Mapping[str, int] | Mapping[str, str]) -> str:
    # Sorted, so that equal values are equal texts: the applier compares them as text.
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else "{}"
