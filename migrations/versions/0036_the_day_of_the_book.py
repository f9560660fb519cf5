"""The day of a loan's figures is that of the newest file, and is written into no row of a loan.

Why:    a file of three million loans wrote each of them, and the index, only to say of which day
        it is. A loan names a day of its own only while the newest file has no good row of it.
Locks:  loans are rewritten once. Stop the release before: it goes by the day in the row.
Down:   every loan has its day in its row again; files applied since cannot be taken back any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036_the_day_of_the_book"
down_revision = "0035_counted"

INDEX = "ix_loans_as_of_on"
BEFORES = ("borrower_befores", "snapshot_befores", "contested_befores", "loan_befores")
NOT_IN_BOOK = sa.text("NOT is_in_book")
files = sa.table("nightly_files", sa.column("id"), sa.column("as_of_on"), sa.column("state"))
loans = sa.table(
    "loans",
    sa.column("as_of_on"),
    sa.column("missing_since_on"),
    sa.column("is_in_book", sa.Boolean()),
)


def upgrade() -> None:
    for table, name in (("nightly_files", "can_go_back"), ("loans", "is_in_book")):
        op.add_column(
            table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.add_column("loan_befores", sa.Column("is_in_book", sa.Boolean(), nullable=True))
    _keep_which_can_go_back()
    is_in_book = sa.and_(loans.c.missing_since_on.is_(None), loans.c.as_of_on == _book_on())
    op.execute(sa.update(loans).values(is_in_book=True).where(is_in_book))
    op.drop_index(INDEX, table_name="loans")
    op.create_index(
        INDEX, "loans", ["as_of_on"], sqlite_where=NOT_IN_BOOK, postgresql_where=NOT_IN_BOOK
    )


def downgrade() -> None:
    op.execute(sa.update(loans).values(as_of_on=_book_on()).where(loans.c.is_in_book))
    _forget_what_stood_before()
    op.drop_index(INDEX, table_name="loans")
    op.create_index(INDEX, "loans", ["as_of_on"])
    op.drop_column("loan_befores", "is_in_book")
    op.drop_column("loans", "is_in_book")
    op.drop_column("nightly_files", "can_go_back")


def _book_on() -> sa.ScalarSelect:
    applied = sa.select(sa.func.max(files.c.as_of_on)).where(files.c.state == "applied")
    return applied.scalar_subquery()


def _keep_which_can_go_back() -> None:
    kept = sa.union(
        *(
            sa.select(sa.table(name, sa.column("file_id")).c.file_id)
            for name in ("loan_befores", "borrower_befores", "snapshot_befores")
        )
    )
    rows = sa.table("nightly_files", sa.column("id"), sa.column("can_go_back", sa.Boolean()))
    op.execute(sa.update(rows).values(can_go_back=True).where(rows.c.id.in_(kept)))


def _forget_what_stood_before() -> None:
    """Loans that a file left as they were have no row there: without it they are not put back."""
    told = sa.table("loan_befores", sa.column("file_id"), sa.column("is_in_book"))
    since = sa.select(told.c.file_id).where(told.c.is_in_book.is_not(None)).distinct()
    ids = op.get_bind().scalars(since).all()
    for name in BEFORES:
        rows = sa.table(name, sa.column("file_id"))
        op.execute(sa.delete(rows).where(rows.c.file_id.in_(ids)))
