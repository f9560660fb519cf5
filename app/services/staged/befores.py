"""What stood before a file, kept beside it, and put back. Never commits."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models import Base, Borrower, ContestedValue, Loan, LoanSnapshot, NightlyFile
from app.models.befores import (
    BEFORES,
    BORROWER_BEFORES,
    BORROWER_VALUES,
    CONTESTED_BEFORES,
    CONTESTED_VALUES,
    LOAN_BEFORES,
    LOAN_VALUES,
    SNAPSHOT_BEFORES,
    SNAPSHOT_VALUES,
)
from app.models.borrower import MOBILE, NAME
from app.services.core.transaction import change_book

# A mistake is found within days; each file keeps as many rows as it changes.
KEPT_FILES = 7
OLD, NEW = literal(value=False), literal(value=True)
# The table itself, where the day of a loan's figures is the one in its row.
LOANS = Base.metadata.tables["loans"]
_QUIET = {"synchronize_session": False}


def keep_loans(session: Session, *, file_id: int, changed: ColumnElement[bool]) -> None:
    """Keep the loans that a file is about to change, and the figures of its day."""
    values = [LOANS.c[name] for name in LOAN_VALUES]
    session.execute(
        insert(LOAN_BEFORES).from_select(
            ("file_id", "loan_id", "is_new", *LOAN_VALUES),
            select(literal(file_id), Loan.id, OLD, *values).where(changed),
        )
    )


def keep_snapshots(session: Session, *, file_id: int, replaced: ColumnElement[bool]) -> None:
    """Keep the figures that a file is about to replace."""
    values = [getattr(LoanSnapshot, name) for name in SNAPSHOT_VALUES]
    session.execute(
        insert(SNAPSHOT_BEFORES).from_select(
            ("file_id", "loan_id", "of_file_id", *SNAPSHOT_VALUES),
            select(literal(file_id), LoanSnapshot.loan_id, LoanSnapshot.file_id, *values).where(
                replaced
            ),
        )
    )


def keep_people(session: Session, *, file_id: int, people: Table) -> None:
    """Keep the people of whom a file is about to change something, with what it will write."""
    values = [getattr(Borrower, name) for name in BORROWER_VALUES]
    after = people.c.name_hmac, people.c.mobile_hmac
    changed = or_(people.c.name_changed, people.c.mobile_changed)
    session.execute(
        insert(BORROWER_BEFORES).from_select(
            ("file_id", "borrower_id", "is_new", "name_after", "mobile_after", *BORROWER_VALUES),
            select(literal(file_id), Borrower.id, OLD, *after, *values)
            .join(people, people.c.id_hmac == Borrower.id_hmac)
            .where(changed),
        )
    )
    contested = [getattr(ContestedValue, name) for name in CONTESTED_VALUES]
    session.execute(
        insert(CONTESTED_BEFORES).from_select(
            ("file_id", "borrower_id", *CONTESTED_VALUES),
            select(literal(file_id), ContestedValue.borrower_id, *contested)
            .join(Borrower, Borrower.id == ContestedValue.borrower_id)
            .join(people, people.c.id_hmac == Borrower.id_hmac)
            .where(changed),
        )
    )


def keep_new(session: Session, *, file_id: int, people: Table, rows: Table) -> None:
    """Note which people and loans are new with a file, after it was stored."""
    for table, columns, query in (
        (
            LOAN_BEFORES,
            ("loan_id", "is_new", "is_in_book"),
            select(literal(file_id), Loan.id, NEW, OLD)
            .join(rows, rows.c.public_id == Loan.public_id)
            .where(rows.c.public_id.is_not(None)),
        ),
        (
            BORROWER_BEFORES,
            ("borrower_id", "is_new"),
            select(literal(file_id), Borrower.id, NEW)
            .join(people, people.c.public_id == Borrower.public_id)
            .where(people.c.is_new),
        ),
    ):
        session.execute(insert(table).from_select(("file_id", *columns), query))


def drop_befores(session: Session) -> None:
    """Drop what stood before files that are too old to be taken back."""
    applied = select(NightlyFile.id).where(NightlyFile.state == "applied")
    last = session.scalars(applied.order_by(NightlyFile.id.desc()).limit(KEPT_FILES)).all()
    if len(last) == KEPT_FILES:
        for table in BEFORES:
            session.execute(delete(table).where(table.c.file_id < last[-1]))
        older = update(NightlyFile).where(NightlyFile.id < last[-1], NightlyFile.can_go_back)
        session.execute(older.values(can_go_back=False), execution_options=_QUIET)


def _loans_of(file_id: int) -> Select[tuple[int]]:
    """Return the loans that a file changed or brought."""
    return select(LOAN_BEFORES.c.loan_id).where(LOAN_BEFORES.c.file_id == file_id)


def put_back(session: Session, *, file: NightlyFile, today: date) -> None:
    """Let everything stand as before a file; what people did since is left alone.

    A loan or person that was new with it goes, unless something was done with it: then it stays,
    the loan as missing from the file. The loans that it left as they were follow the day of the
    file before by themselves.
    """
    # The many rows first: until then everybody may go on.
    _snapshots(session, file)
    change_book(session)
    _new_loans(session, file, today)
    _loans(session, file)
    _people(session, file)
    _new_people(session, file)
    for table in BEFORES:
        session.execute(delete(table).where(table.c.file_id == file.id))
    file.can_go_back = False


def _new_loans(session: Session, file: NightlyFile, today: date) -> None:
    new = _loans_of(file.id).where(LOAN_BEFORES.c.is_new)
    untouched = and_(Loan.id.in_(new), ~_is_referred_to("loan_id", Loan.id, ("loan_snapshots",)))
    gone = select(Loan.id).where(untouched)
    session.execute(
        delete(LoanSnapshot).where(LoanSnapshot.loan_id.in_(gone)), execution_options=_QUIET
    )
    session.execute(delete(Loan).where(untouched), execution_options=_QUIET)
    # What is left of them has its figures of a day that has come, and accrues nothing.
    day = min(file.as_of_on or today, today)
    session.execute(
        update(LoanSnapshot).where(LoanSnapshot.loan_id.in_(new)).values(as_of_on=day),
        execution_options=_QUIET,
    )
    session.execute(
        update(Loan).where(Loan.id.in_(new)).values(as_of_on=day, missing_since_on=day),
        execution_options=_QUIET,
    )


def _snapshots(session: Session, file: NightlyFile) -> None:
    new = _loans_of(file.id).where(LOAN_BEFORES.c.is_new)
    session.execute(
        delete(LoanSnapshot).where(
            LoanSnapshot.file_id == file.id, LoanSnapshot.loan_id.not_in(new)
        ),
        execution_options=_QUIET,
    )
    before = SNAPSHOT_BEFORES.c
    session.execute(
        insert(LoanSnapshot).from_select(
            ("loan_id", "file_id", *SNAPSHOT_VALUES),
            select(
                before.loan_id, before.of_file_id, *(before[name] for name in SNAPSHOT_VALUES)
            ).where(before.file_id == file.id),
        )
    )


def _loans(session: Session, file: NightlyFile) -> None:
    before = LOAN_BEFORES.c
    values: dict[str, ColumnElement[Any]] = {name: before[name] for name in LOAN_VALUES}
    # What was kept before loans knew of it had its day in the row.
    values["is_in_book"] = func.coalesce(before.is_in_book, OLD)
    session.execute(
        update(LOANS)
        .values(values)
        .where(LOANS.c.id == before.loan_id, before.file_id == file.id, ~before.is_new),
        execution_options=_QUIET,
    )


def _people(session: Session, file: NightlyFile) -> None:
    before = BORROWER_BEFORES.c
    mine = and_(Borrower.id == before.borrower_id, before.file_id == file.id, ~before.is_new)
    for names, current, after in (
        (NAME, Borrower.name_hmac, before.name_after),
        (MOBILE, Borrower.mobile_hmac, before.mobile_after),
    ):
        # Another value by now was set by people, and theirs stands.
        session.execute(
            update(Borrower)
            .values({name: before[name] for name in (*names, "key_version", "is_contested")})
            .where(mine, current == after),
            execution_options=_QUIET,
        )
    changed = select(before.borrower_id).where(before.file_id == file.id, ~before.is_new)
    session.execute(
        delete(ContestedValue).where(ContestedValue.borrower_id.in_(changed)),
        execution_options=_QUIET,
    )
    contested = CONTESTED_BEFORES.c
    session.execute(
        insert(ContestedValue).from_select(
            ("borrower_id", *CONTESTED_VALUES),
            select(contested.borrower_id, *(contested[name] for name in CONTESTED_VALUES))
            .join(Borrower, Borrower.id == contested.borrower_id)
            .where(contested.file_id == file.id, Borrower.is_contested),
        )
    )


def _new_people(session: Session, file: NightlyFile) -> None:
    before = BORROWER_BEFORES.c
    new = select(before.borrower_id).where(before.file_id == file.id, before.is_new)
    untouched = and_(
        Borrower.id.in_(new), ~_is_referred_to("borrower_id", Borrower.id, ("contested_values",))
    )
    session.execute(
        delete(ContestedValue).where(
            ContestedValue.borrower_id.in_(select(Borrower.id).where(untouched))
        ),
        execution_options=_QUIET,
    )
    session.execute(delete(Borrower).where(untouched), execution_options=_QUIET)


def _is_referred_to(
    name: str, key: InstrumentedAttribute[int], but: tuple[str, ...]
) -> ColumnElement[bool]:
    """Return whether any row of any table names it, whatever tables there come to be."""
    skipped = {*but, *(table.name for table in BEFORES)}
    found = [
        exists().where(table.c[name] == key)
        for table in Base.metadata.sorted_tables
        if name in table.c and table.name not in skipped
    ]
    return or_(*found)
