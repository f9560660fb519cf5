"""What stood before a nightly file was applied, row by row, so that it can stand again."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table

from app.models.base import Base, BigId
from app.models.borrower import MOBILE, NAME, Borrower, ContestedValue
from app.models.loan import LOAN_TERMS, Loan
from app.models.nightly import LOAN_FIGURES, LoanSnapshot


def _copied(model: type[Base], names: tuple[str, ...]) -> list[Column[object]]:
    columns = model.__table__.c
    return [Column(name, columns[name].type, nullable=True) for name in names]


def _befores(name: str, owner: str, *columns: Column[object]) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("id", BigId, primary_key=True),
        Column("file_id", BigId, ForeignKey("nightly_files.id"), nullable=False),
        # No foreign key: it would make each row refer to what may have to go.
        Column(owner, BigId, nullable=False),
        *columns,
        Index(f"ix_{name}_file_id", "file_id", owner),
    )


# Everything a file writes; of a row that is new with it the rest is empty.
LOAN_VALUES = (
    "borrower_id",
    *LOAN_TERMS,
    "key_version",
    "as_of_on",
    "is_in_book",
    "missing_since_on",
)
BORROWER_VALUES = (*NAME, *MOBILE, "key_version", "is_contested")
SNAPSHOT_VALUES = ("line", "as_of_on", "paid", *LOAN_FIGURES, "key_version")
CONTESTED_VALUES = ("field", "value_enc", "value_hmac", "last4_hmac")
NEW = "is_new"
LOAN_BEFORES = _befores(
    "loan_befores",
    "loan_id",
    Column(NEW, Boolean, nullable=False),
    *_copied(Loan, LOAN_VALUES),
)
BORROWER_BEFORES = _befores(
    "borrower_befores",
    "borrower_id",
    Column(NEW, Boolean, nullable=False),
    # What the file wrote: a name or mobile that people changed since is theirs.
    Column("name_after", String(64), nullable=True),
    Column("mobile_after", String(64), nullable=True),
    *_copied(Borrower, BORROWER_VALUES),
)
SNAPSHOT_BEFORES = _befores(
    "snapshot_befores",
    "loan_id",
    Column("of_file_id", BigId, nullable=False),
    *_copied(LoanSnapshot, SNAPSHOT_VALUES),
)
CONTESTED_BEFORES = _befores(
    "contested_befores", "borrower_id", *_copied(ContestedValue, CONTESTED_VALUES)
)
BEFORES = (LOAN_BEFORES, BORROWER_BEFORES, SNAPSHOT_BEFORES, CONTESTED_BEFORES)
