"""Puts staged rows into the tables with a few statements, inside the caller's transaction. Never
commits.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.models import Borrower, ContestedValue, Loan, LoanSnapshot, MobileChange, NightlyFault
from app.models.borrower import MOBILE, NAME, SEALED
from app.models.loan import LOAN_TERMS, REF_END_CHARS
from app.models.nightly import LOAN_FIGURES
from app.services.core.bulk import load
from app.services.staged import befores
from app.services.staged.staging import CONTESTED, FAULTS, PEOPLE, ROWS, StagingArea

# What is not named here is text. Types matter where values are compared with those of the real
# tables.
_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "is_new": Boolean,
    "name_changed": Boolean,
    "mobile_changed": Boolean,
    "is_contested": Boolean,
    "is_same": Boolean,
    "difference": Boolean,
    "over_ceiling": Boolean,
    "name_enc": LargeBinary,
    "mobile_enc": LargeBinary,
    "id_enc": LargeBinary,
    "key_version": Integer,
    "start_on": Date,
    "last_due_on": Date,
    "overdue_since_on": Date,
    "differences": JSON,
    "remark_enc": LargeBinary,
    "extra_enc": LargeBinary,
    "annual_ppm": Integer,
    "uplift_ppm": Integer,
    "day_basis": Integer,
    "periods": Integer,
    "paid": Integer,
    "due_day": Integer,
    "line": Integer,
    "days_past_due": Integer,
    "principal_fen": BigInteger,
    "left_fen": BigInteger,
    "overdue_principal_fen": BigInteger,
    "interest_fen": BigInteger,
    "penalty_fen": BigInteger,
    "fee_fen": BigInteger,
}
TERMS = (*LOAN_TERMS, "key_version")
FIGURES = ("paid", *LOAN_FIGURES, "key_version")
# Sealed anew each time: whether one changed is told by the keyed hash beside it.
NOT_COMPARED = ("remark_enc", "extra_enc", "key_version")


def _staged(name: str, columns: tuple[str, ...], key: str) -> Table:
    made: list[Column[Any]] = [
        Column(one, _TYPES.get(one, Text), primary_key=one == key) for one in columns
    ]
    return Table(name, MetaData(), *made, prefixes=["TEMPORARY"])


PERSON = _staged("nightly_stage_people", PEOPLE, "id_hmac")
ROW = _staged("nightly_stage_rows", (*ROWS, "is_same"), "ref")
REJECTED = Table(
    "nightly_stage_refs", MetaData(), Column("ref", String(40)), prefixes=["TEMPORARY"]
)


class BookApplier:
    """The staged rows beside the tables, within one transaction of the session."""

    def __init__(self, session: Session, stage: StagingArea, as_of: date) -> None:
        self.session = session
        self.stage = stage
        self.as_of = as_of

    @property
    def _connection(self) -> Connection:
        return self.session.connection()

    def __enter__(self) -> "BookApplier":
        # Temporary tables of this connection: no other session sees them, and a few statements can
        # join them with the real ones.
        for table in (PERSON, ROW, REJECTED):
            table.create(self._connection)

        load(self._connection, PERSON, PEOPLE, self.stage.each("people"))
        load(
            self._connection,
            ROW,
            (*ROWS, "is_same"),
            ((*row, 0) for row in self.stage.each("book_rows")),
        )

        load(
            self._connection,
            REJECTED,
            ("ref",),
            ((row[1],) for row in self.stage.each("faults") if row[1]),
        )
        self._keep_changed_mobiles()
        if self._connection.dialect.name == "postgresql":
            # A fresh table has no statistics to plan with.
            for table in (PERSON, ROW):
                self._connection.exec_driver_sql(f"ANALYZE {table.name}")

        # Asked once and kept in the row: counting, storing and snapshots all go by it.
        self.session.execute(update(ROW).values(is_same=True).where(exists(_same(self.as_of))))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:  # a failed transaction takes its temporary tables with it
            for table in (PERSON, ROW, REJECTED):
                table.drop(self._connection)

    def unchanged(self) -> int:
        """Return how many rows equal what is stored."""
        return self.session.scalar(select(func.count()).select_from(ROW).where(ROW.c.is_same)) or 0

    def vanishing(self) -> tuple[int, int]:
        """Return how many of the loans that were there are in no row, and how many were there."""
        # Loans that were missing before are not gone again.
        present = Loan.missing_since_on.is_(None)
        count = select(func.count()).select_from(Loan)
        gone = self.session.scalar(count.where(present, *_not_in_file()))
        return gone or 0, self.session.scalar(count.where(present)) or 0

    def gone_refs(self, limit: int) -> list[str]:
        """Return the numbers of loans that were there and are in no row."""
        gone = select(Loan.ref).where(Loan.missing_since_on.is_(None), *_not_in_file())
        return list(self.session.scalars(gone.order_by(Loan.ref).limit(limit)))

    def add_faults(self, file_id: int) -> None:
        """Keep the faults with their file."""
        rows: Iterator[tuple[object, ...]] = ((file_id, *row) for row in self.stage.each("faults"))
        load(
            self._connection,
            NightlyFault.metadata.tables["nightly_faults"],
            ("file_id", *FAULTS),
            rows,
        )

    def store(self, file_id: int) -> None:
        """Store people, loans and figures that are new or changed, and mark the loans that
        vanished.
        """
        self._keep_before(file_id)
        # People before loans and loans before figures, as each refers to the one before.
        self._people()
        self._loans()
        self._snapshots(file_id)
        self.session.execute(
            update(Loan)
            .values(missing_since_on=self.as_of)
            .where(Loan.missing_since_on.is_(None), *_not_in_file())
            .execution_options(synchronize_session=False)
        )
        befores.keep_new(self.session, file_id=file_id, people=PERSON, rows=ROW)
        befores.drop_befores(self.session)

    def _keep_before(self, file_id: int) -> None:
        """Keep all that is about to change, so that the file can be taken back."""
        changed = exists(select(ROW.c.ref).where(ROW.c.ref == Loan.ref, ~ROW.c.is_same))
        gone = and_(Loan.missing_since_on.is_(None), *_not_in_file())
        befores.keep_loans(self.session, file_id=file_id, changed=or_(changed, gone))
        rows = select(Loan.id).join(ROW, Loan.ref == ROW.c.ref).where(~ROW.c.is_same)
        replaced = and_(LoanSnapshot.as_of_on == self.as_of, LoanSnapshot.loan_id.in_(rows))
        befores.keep_snapshots(self.session, file_id=file_id, replaced=replaced)
        befores.keep_people(self.session, file_id=file_id, people=PERSON)

    def _keep_changed_mobiles(self) -> None:
        """A mobile that was changed at the desk stands over the file: to the file it is the same as
        stored (I-19).
        """
        stands = exists().where(Borrower.id_hmac == PERSON.c.id_hmac, Borrower.mobile_stands)
        self.session.execute(
            update(PERSON).where(PERSON.c.mobile_changed, stands).values(mobile_changed=False)
        )

    def _people(self) -> None:
        columns = ("customer_no", "public_id", *SEALED, "is_contested")
        self.session.execute(
            insert(Borrower).from_select(
                columns, select(*(PERSON.c[one] for one in columns)).where(PERSON.c.is_new)
            )
        )
        for field, names in (("name", NAME), ("mobile", MOBILE)):
            self.session.execute(
                update(Borrower)
                .values({one: PERSON.c[one] for one in (*names, "key_version", "is_contested")})
                .where(Borrower.id_hmac == PERSON.c.id_hmac, PERSON.c[f"{field}_changed"])
                .execution_options(synchronize_session=False)
            )
        self._contested()
        self._meet_changed_mobiles()

    def _meet_changed_mobiles(self) -> None:
        """Where the file brings a number that was changed at the desk, the file counts again."""
        met = exists().where(
            PERSON.c.id_hmac == Borrower.id_hmac,
            PERSON.c.mobile_hmac == MobileChange.new_hmac,
            MobileChange.id_hmac == Borrower.id_hmac,
            # After an objection the old number stands, and a person decides, no file.
            MobileChange.state == "confirmed",
        )
        silently = {"synchronize_session": False}
        self.session.execute(
            update(Borrower).where(Borrower.mobile_stands, met).values(mobile_stands=False),
            execution_options=silently,
        )
        theirs = exists().where(Borrower.id_hmac == MobileChange.id_hmac, Borrower.mobile_stands)
        self.session.execute(
            update(MobileChange)
            .where(MobileChange.state == "confirmed", ~theirs)
            .values(state="in_file"),
            execution_options=silently,
        )

    def _contested(self) -> None:
        """Replace what is contested of the people of whom the file says something else now."""
        for field in ("name", "mobile"):
            changed = select(Borrower.id).join(PERSON, PERSON.c.id_hmac == Borrower.id_hmac)
            self.session.execute(
                delete(ContestedValue)
                .where(
                    ContestedValue.field == field,
                    ContestedValue.borrower_id.in_(changed.where(PERSON.c[f"{field}_changed"])),
                )
                .execution_options(synchronize_session=False)
            )
        for id_hmac, *values in self.stage.each("contested"):
            owner = select(func.min(Borrower.id)).where(Borrower.id_hmac == id_hmac)
            told = dict(zip(CONTESTED[1:], values, strict=True))
            self.session.execute(
                insert(ContestedValue).values(borrower_id=owner.scalar_subquery(), **told)
            )

    def _loans(self) -> None:
        columns = ("ref", "public_id", *TERMS)
        # The oldest row of a person, by the number of their ID.
        owner = (
            select(func.min(Borrower.id))
            .where(Borrower.id_hmac == ROW.c.id_hmac)
            .correlate(ROW)
            .scalar_subquery()
        )
        head = (*(ROW.c[one] for one in columns), _end_of(ROW.c.ref))
        new = select(*head, owner, literal(self.as_of, Date))
        self.session.execute(
            insert(Loan).from_select(
                (*columns, "ref_end", "borrower_id", "as_of_on"),
                new.where(ROW.c.public_id.is_not(None)),
            )
        )
        self.session.execute(
            update(Loan)
            .values({one: ROW.c[one] for one in TERMS})
            .values(borrower_id=owner, as_of_on=self.as_of, missing_since_on=None)
            .where(Loan.ref == ROW.c.ref, ROW.c.public_id.is_(None), ~ROW.c.is_same)
            .execution_options(synchronize_session=False)
        )

    def _snapshots(self, file_id: int) -> None:
        changed = select(Loan.id).join(ROW, Loan.ref == ROW.c.ref).where(~ROW.c.is_same)
        # A corrected file of the same day takes the place of the first one.
        self.session.execute(
            delete(LoanSnapshot)
            .where(LoanSnapshot.as_of_on == self.as_of, LoanSnapshot.loan_id.in_(changed))
            .execution_options(synchronize_session=False)
        )
        values = (*(ROW.c[one] for one in (*FIGURES, "line")), Loan.id)
        rows = select(*values, literal(file_id, BigInteger), literal(self.as_of, Date))
        self.session.execute(
            insert(LoanSnapshot).from_select(
                (*FIGURES, "line", "loan_id", "file_id", "as_of_on"),
                rows.join_from(ROW, Loan, Loan.ref == ROW.c.ref).where(~ROW.c.is_same),
            )
        )


def _end_of(ref: ColumnElement[str]) -> ColumnElement[str]:
    # A start before the first character is cut off on one database and wraps around on the other.
    start = func.length(ref) - (REF_END_CHARS - 1)
    return case((start < 1, ref), else_=func.substr(ref, start))


def _same(as_of: date) -> Select[Any]:
    """Return the question whether everything a row says is stored already."""
    # Distinct and not "=": an empty value on both sides is the same, and "=" would call it unknown.
    equal = [
        getattr(Loan, one).is_not_distinct_from(ROW.c[one])
        for one in TERMS
        if one not in NOT_COMPARED
    ]
    for one in FIGURES:
        if one in NOT_COMPARED:
            continue
        stored, staged = getattr(LoanSnapshot, one), ROW.c[one]
        is_json = isinstance(staged.type, JSON)
        if is_json:
            # As text: JSON has no common equality on the two databases.
            equal.append(cast(stored, Text) == cast(staged, Text))
        else:
            equal.append(stored.is_not_distinct_from(staged))

    return (
        select(Loan.id)
        .join(LoanSnapshot, and_(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on == as_of))
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .join(PERSON, PERSON.c.id_hmac == Borrower.id_hmac)
        .where(
            Loan.ref == ROW.c.ref,
            Loan.as_of_on == as_of,
            Loan.missing_since_on.is_(None),
            Borrower.id_hmac == ROW.c.id_hmac,
            ~PERSON.c.name_changed,
            ~PERSON.c.mobile_changed,
            *equal,
        )
        .correlate(ROW)
    )


def _not_in_file() -> tuple[ColumnElement[bool], ...]:
    return (
        ~exists(select(ROW.c.ref).where(ROW.c.ref == Loan.ref)),
        # A row that was refused is still in the file: its loan is at fault and not gone.
        ~exists(select(REJECTED.c.ref).where(REJECTED.c.ref == Loan.ref)),
    )
