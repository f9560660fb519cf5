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

from app.models import (
    Borrower,
    ContestedValue,
    Loan,
    LoanSnapshot,
    MobileChange,
    NightlyFault,
    NightlyFile,
)
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
    "difference": Boolean,
    "over_ceiling": Boolean,
    "name_enc": LargeBinary,
    "mobile_enc": LargeBinary,
    "id_enc": LargeBinary,
    "value_enc": LargeBinary,
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
# A file joins all of its rows with all of a table. A plan that goes row by row, made for a table
# that was empty a moment ago, takes hours.
PLANNING = ("enable_nestloop = off", "jit = off", "work_mem = '64MB'")
_QUIET = {"synchronize_session": False}


def _staged(name: str, columns: tuple[str, ...], key: str) -> Table:
    made: list[Column[Any]] = [
        Column(one, _TYPES.get(one, Text), primary_key=one == key) for one in columns
    ]
    return Table(name, MetaData(), *made, prefixes=["TEMPORARY"])


PERSON = _staged("nightly_stage_people", PEOPLE, "id_hmac")
ROW = _staged("nightly_stage_rows", ROWS, "ref")
# Loans that good rows are of, compared once: `is_kept` where nothing of the loan itself changes,
# `is_same` where nothing at all does.
MARK = Table(
    "nightly_stage_marks",
    MetaData(),
    Column("loan_id", BigInteger, primary_key=True),
    Column("ref", Text, unique=True),
    Column("is_kept", Boolean),
    Column("is_same", Boolean),
    prefixes=["TEMPORARY"],
)
# Loans without a good row: `is_gone` where the file has none at all, `is_left` where it keeps the
# day of the file before.
LEFT = Table(
    "nightly_stage_left",
    MetaData(),
    Column("loan_id", BigInteger, primary_key=True),
    Column("is_gone", Boolean),
    Column("is_left", Boolean),
    prefixes=["TEMPORARY"],
)
# People who are stored and of whom something changes, ready to be written at once.
_WRITTEN = (*NAME, *MOBILE, "key_version", "is_contested")
_CHANGES = ("name_changed", "mobile_changed")
CHANGED = Table(
    "nightly_stage_changed",
    MetaData(),
    Column("borrower_id", BigInteger, primary_key=True),
    *(Column(one, _TYPES.get(one, Text)) for one in (*_CHANGES, *_WRITTEN)),
    prefixes=["TEMPORARY"],
)
REJECTED = Table(
    "nightly_stage_refs",
    MetaData(),
    Column("ref", String(40), primary_key=True),
    prefixes=["TEMPORARY"],
)
# What is contested, as it was staged and with whose it is.
SAID = Table(
    "nightly_stage_said",
    MetaData(),
    *(Column(one, _TYPES.get(one, Text)) for one in CONTESTED),
    prefixes=["TEMPORARY"],
)
DISPUTED = Table(
    "nightly_stage_disputed",
    MetaData(),
    Column("borrower_id", BigInteger),
    *(Column(one, _TYPES.get(one, Text)) for one in CONTESTED[1:]),
    prefixes=["TEMPORARY"],
)
TEMPORARY = (PERSON, ROW, REJECTED, MARK, LEFT, CHANGED, SAID, DISPUTED)


class BookApplier:
    """The staged rows beside the tables, within one transaction of the session."""

    def __init__(self, session: Session, stage: StagingArea, as_of: date) -> None:
        self.session = session
        self.stage = stage
        self.as_of = as_of
        self.before_on = book_date(session)

    @property
    def _connection(self) -> Connection:
        return self.session.connection()

    def __enter__(self) -> "BookApplier":
        # Temporary tables of this connection: no other session sees them, and a few statements can
        # join them with the real ones.
        for table in TEMPORARY:
            table.create(self._connection)

        load(self._connection, PERSON, PEOPLE, self.stage.each("people"))
        load(self._connection, ROW, ROWS, self.stage.each("book_rows"))
        load(self._connection, REJECTED, ("ref",), self.stage.refused_refs())
        self._keep_changed_mobiles()
        if self._is_postgresql:
            for setting in PLANNING:
                self._connection.exec_driver_sql(f"SET LOCAL {setting}")
        self._analyze(PERSON, ROW, REJECTED)
        self._mark()
        self._leave()
        self._analyze(MARK, LEFT)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:  # a failed transaction takes its temporary tables with it
            for table in TEMPORARY:
                table.drop(self._connection)

    def unchanged(self) -> int:
        """Return how many rows equal what is stored."""
        return self._count(MARK, MARK.c.is_same)

    def vanishing(self) -> tuple[int, int]:
        """Return how many of the loans that were there are in no row, and how many were there."""
        # Loans that were missing before are not gone again.
        present = select(func.count()).select_from(Loan).where(Loan.missing_since_on.is_(None))
        return self._count(LEFT, LEFT.c.is_gone), self.session.scalar(present) or 0

    def gone_refs(self, limit: int) -> list[str]:
        """Return the numbers of loans that were there and are in no row."""
        gone = select(Loan.ref).join(LEFT, LEFT.c.loan_id == Loan.id).where(LEFT.c.is_gone)
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
        vanished; nobody waits for it, for nobody else locks loans. What others may lock comes with
        `store_people`, just before the commit.
        """
        self._keep_before(file_id)
        # People before loans and loans before figures, as each refers to the one before.
        self._new_people()
        self._loans()
        self._snapshots(file_id)
        self._leave_loans()
        befores.keep_new(self.session, file_id=file_id, people=PERSON, rows=ROW)
        befores.drop_befores(self.session)
        self._changed_people()
        self._contested_people()

    def store_people(self) -> None:
        """Store what has changed of people who are stored: few, each found by its number, for
        everyone waits.
        """
        if self._is_postgresql:
            self._connection.exec_driver_sql("SET LOCAL enable_nestloop = on")
        for field, names in (("name", NAME), ("mobile", MOBILE)):
            written = update(Borrower).where(
                Borrower.id == CHANGED.c.borrower_id, CHANGED.c[f"{field}_changed"]
            )
            if field == "mobile":
                # Changed at the desk since the rows were compared.
                written = written.where(~Borrower.mobile_stands)
            values = {one: CHANGED.c[one] for one in (*names, "key_version", "is_contested")}
            self.session.execute(written.values(values).execution_options(**_QUIET))
        self._contested()
        self._meet_changed_mobiles()

    @property
    def _is_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    def _analyze(self, *tables: Table) -> None:
        """Let the planner know tables that were just filled."""
        if self._is_postgresql:
            for table in tables:
                self._connection.exec_driver_sql(f"ANALYZE {table.name}")

    def _count(self, table: Table, condition: ColumnElement[bool]) -> int:
        return self.session.scalar(select(func.count()).select_from(table).where(condition)) or 0

    def _mark(self) -> None:
        """Compare all rows with what is stored, once: counting, storing and figures go by it."""
        kept, same = _is_kept(), _is_same(self.as_of)
        figures = and_(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on == self.as_of)
        rows = (
            select(Loan.id, ROW.c.ref, kept, same)
            .select_from(ROW)
            .join(Loan, Loan.ref == ROW.c.ref)
            .join(Borrower, Borrower.id == Loan.borrower_id)
            .join(PERSON, PERSON.c.id_hmac == ROW.c.id_hmac)
            .outerjoin(LoanSnapshot, figures)
        )
        self.session.execute(
            insert(MARK).from_select(("loan_id", "ref", "is_kept", "is_same"), rows)
        )

    def _leave(self) -> None:
        """Find the loans that no good row is of."""
        is_known = exists(select(REJECTED.c.ref).where(REJECTED.c.ref == Loan.ref))
        # A row that was refused is still in the file: its loan is at fault and not gone.
        is_gone = and_(Loan.missing_since_on.is_(None), ~is_known)
        is_left = and_(Loan.is_in_book, literal(self.before_on != self.as_of, Boolean))
        rows = select(Loan.id, is_gone, is_left).where(
            or_(Loan.missing_since_on.is_(None), Loan.is_in_book),
            ~exists(select(ROW.c.ref).where(ROW.c.ref == Loan.ref)),
        )
        self.session.execute(insert(LEFT).from_select(("loan_id", "is_gone", "is_left"), rows))

    def _keep_before(self, file_id: int) -> None:
        """Keep all that is about to change, so that the file can be taken back."""
        written = select(MARK.c.loan_id).where(~MARK.c.is_kept, ~MARK.c.is_same)
        left = select(LEFT.c.loan_id).where(or_(LEFT.c.is_gone, LEFT.c.is_left))
        for ids in (written, left):
            befores.keep_loans(self.session, file_id=file_id, changed=Loan.id.in_(ids))
        if self.before_on == self.as_of:
            rows = select(MARK.c.loan_id).where(~MARK.c.is_same)
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

    def _new_people(self) -> None:
        columns = ("customer_no", "public_id", *SEALED, "is_contested")
        self.session.execute(
            insert(Borrower).from_select(
                columns, select(*(PERSON.c[one] for one in columns)).where(PERSON.c.is_new)
            )
        )

    def _changed_people(self) -> None:
        told = (PERSON.c[one] for one in (*_CHANGES, *_WRITTEN))
        self.session.execute(
            insert(CHANGED).from_select(
                ("borrower_id", *_CHANGES, *_WRITTEN),
                select(Borrower.id, *told)
                .join(PERSON, PERSON.c.id_hmac == Borrower.id_hmac)
                .where(~PERSON.c.is_new, or_(PERSON.c.name_changed, PERSON.c.mobile_changed)),
            )
        )
        self._analyze(CHANGED)

    def _meet_changed_mobiles(self) -> None:
        """Where the file brings a number that was changed at the desk, the file counts again."""
        # After an objection the old number stands, and a person decides, no file.
        confirmed = MobileChange.state == "confirmed"
        met = select(MobileChange.id_hmac).join(PERSON, PERSON.c.id_hmac == MobileChange.id_hmac)
        met = met.where(confirmed, PERSON.c.mobile_hmac == MobileChange.new_hmac)
        # Found by the changes, which are few, and never by looking through all people.
        theirs = Borrower.id_hmac.in_(met)
        self.session.execute(
            update(Borrower).where(Borrower.mobile_stands, theirs).values(mobile_stands=False),
            execution_options=_QUIET,
        )
        stands = exists().where(Borrower.id_hmac == MobileChange.id_hmac, Borrower.mobile_stands)
        self.session.execute(
            update(MobileChange).where(confirmed, ~stands).values(state="in_file"),
            execution_options=_QUIET,
        )

    def _contested(self) -> None:
        """Replace what is contested of the people of whom the file says something else now."""
        for field in ("name", "mobile"):
            changed = select(CHANGED.c.borrower_id).where(CHANGED.c[f"{field}_changed"])
            self.session.execute(
                delete(ContestedValue)
                .where(ContestedValue.field == field, ContestedValue.borrower_id.in_(changed))
                .execution_options(**_QUIET)
            )
        columns = ("borrower_id", *CONTESTED[1:])
        self.session.execute(
            insert(ContestedValue).from_select(
                columns, select(*(DISPUTED.c[one] for one in columns))
            )
        )

    def _contested_people(self) -> None:
        """Find whose each contested value is, for all at once and before anyone waits."""
        load(self._connection, SAID, CONTESTED, self.stage.each("contested"))
        # The oldest row of a person, by the number of their ID.
        oldest = select(Borrower.id_hmac, func.min(Borrower.id).label("id"))
        among_said = oldest.where(Borrower.id_hmac.in_(select(SAID.c.id_hmac)))
        owner = among_said.group_by(Borrower.id_hmac).subquery("owner")
        told = select(owner.c.id, *(SAID.c[one] for one in CONTESTED[1:]))
        rows = told.join_from(SAID, owner, owner.c.id_hmac == SAID.c.id_hmac)
        self.session.execute(insert(DISPUTED).from_select(("borrower_id", *CONTESTED[1:]), rows))

    def _loans(self) -> None:
        columns = ("ref", "public_id", *TERMS)
        # The oldest row of a person, by the number of their ID. For all at once: asked for row by
        # row the smallest is looked for among all.
        oldest = select(Borrower.id_hmac, func.min(Borrower.id).label("id"))
        owner = oldest.group_by(Borrower.id_hmac).subquery("owner")
        theirs = owner.c.id_hmac == ROW.c.id_hmac
        head = (*(ROW.c[one] for one in columns), _end_of(ROW.c.ref))
        new = select(*head, owner.c.id, literal(self.as_of, Date), literal(value=True))
        new = new.join_from(ROW, owner, theirs)
        self.session.execute(
            insert(befores.LOANS).from_select(
                (*columns, "ref_end", "borrower_id", "as_of_on", "is_in_book"),
                # In the order of the file: pages keep it where nothing else puts loans in one.
                new.where(ROW.c.public_id.is_not(None)).order_by(ROW.c.line),
            )
        )
        changed = and_(MARK.c.loan_id == Loan.id, ~MARK.c.is_kept, ~MARK.c.is_same)
        self.session.execute(
            update(Loan)
            .values({one: ROW.c[one] for one in TERMS})
            .values(borrower_id=owner.c.id, missing_since_on=None)
            .values(own_as_of_on=self.as_of, is_in_book=True)
            .where(changed, ROW.c.ref == MARK.c.ref, theirs)
            .execution_options(**_QUIET)
        )

    def _leave_loans(self) -> None:
        """Mark the loans that are gone, and let those without a good row keep their day."""
        self.session.execute(
            update(Loan)
            .values(missing_since_on=self.as_of)
            .where(Loan.id == LEFT.c.loan_id, LEFT.c.is_gone)
            .execution_options(**_QUIET)
        )
        if self.before_on is not None:
            self.session.execute(
                update(Loan)
                .values(own_as_of_on=self.before_on, is_in_book=False)
                .where(Loan.id == LEFT.c.loan_id, LEFT.c.is_left)
                .execution_options(**_QUIET)
            )

    def _snapshots(self, file_id: int) -> None:
        if self.before_on == self.as_of:
            # A corrected file of the same day takes the place of the first one.
            changed = select(MARK.c.loan_id).where(~MARK.c.is_same)
            self.session.execute(
                delete(LoanSnapshot)
                .where(LoanSnapshot.as_of_on == self.as_of, LoanSnapshot.loan_id.in_(changed))
                .execution_options(**_QUIET)
            )
        values = *(ROW.c[one] for one in (*FIGURES, "line")), literal(file_id, BigInteger)
        known = select(*values, literal(self.as_of, Date), MARK.c.loan_id).join_from(
            ROW, MARK, and_(MARK.c.ref == ROW.c.ref, ~MARK.c.is_same)
        )
        new = select(*values, literal(self.as_of, Date), Loan.id).join_from(
            ROW, Loan, Loan.public_id == ROW.c.public_id
        )
        for rows in (known, new.where(ROW.c.public_id.is_not(None))):
            self.session.execute(
                insert(LoanSnapshot).from_select(
                    (*FIGURES, "line", "file_id", "as_of_on", "loan_id"), rows
                )
            )


def book_date(session: Session) -> date | None:
    """Return the day of the newest file that stands."""
    applied = select(func.max(NightlyFile.as_of_on)).where(NightlyFile.state == "applied")
    return session.scalar(applied)


def _end_of(ref: ColumnElement[str]) -> ColumnElement[str]:
    # A start before the first character is cut off on one database and wraps around on the other.
    start = func.length(ref) - (REF_END_CHARS - 1)
    return case((start < 1, ref), else_=func.substr(ref, start))


def _is_kept() -> ColumnElement[bool]:
    """Whether nothing of the loan itself changes: it follows the day of the book already."""
    return and_(Loan.is_in_book, *_equal_terms())


def _is_same(as_of: date) -> ColumnElement[bool]:
    """Whether everything a row says is stored already."""
    equal: list[ColumnElement[bool]] = [LoanSnapshot.id.is_not(None)]
    for one in FIGURES:
        if one in NOT_COMPARED:
            continue
        stored, staged = getattr(LoanSnapshot, one), ROW.c[one]
        is_json = isinstance(staged.type, JSON)
        if is_json:
            # As text: JSON has no common equality on the two databases.
            equal.append(
                func.coalesce(cast(stored, Text), "") == func.coalesce(cast(staged, Text), "")
            )
        else:
            equal.append(stored.is_not_distinct_from(staged))
    is_told = and_(~PERSON.c.name_changed, ~PERSON.c.mobile_changed)
    return and_(Loan.as_of_on == as_of, is_told, *_equal_terms(), *equal)


def _equal_terms() -> list[ColumnElement[bool]]:
    # Distinct and not "=": an empty value on both sides is the same, and "=" would call it unknown.
    equal = [
        getattr(Loan, one).is_not_distinct_from(ROW.c[one])
        for one in TERMS
        if one not in NOT_COMPARED
    ]
    return [Loan.missing_since_on.is_(None), Borrower.id_hmac == ROW.c.id_hmac, *equal]
