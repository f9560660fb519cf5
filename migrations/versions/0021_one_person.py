"""One ID number is one person, whatever customer numbers the lender has for them.

Why:    two customer numbers with one ID were two borrowers with one mobile, of whom none could sign
        in. Rows of one ID are folded into the oldest, with all that refers to them; loans keep the
        number they came with; what was folded is kept as it was. Two mobiles or names that came
        together stand beside each other until a person decides.
Locks:  borrowers and loans take no writes while every row of both is read once; a table that refers
        to a borrower for as long as the rows of those who are folded are moved. Code from before
        finds no customer number in loans: stop it first.
Down:   what was folded is a row of its own again, with what was moved and the loans of its number;
        what was done since stays with the older row. Devices and drafts that both rows had stay
        with the older one. Contested values go, the borrower's own stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021_one_person"
down_revision = "0020_second_factor"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEALED = (
    "name_enc",
    "name_hmac",
    "mobile_enc",
    "mobile_hmac",
    "mobile_last4_hmac",
    "id_enc",
    "id_hmac",
    "id_last4_hmac",
    "key_version",
    "language",
    "size_mode",
    "mobile_stands",
)
KEPT = ("id", "public_id", "customer_no", *SEALED)
# Everything that refers to a borrower; what both rows may have only once goes with the newer.
ONCE = (("devices", "token_hash"), ("plan_drafts", "loan_id"))
MOVED = (
    "callback_requests",
    "consents",
    "contacts",
    "devices",
    "holds",
    "identity_checks",
    "loans",
    "mobile_changes",
    "outbox",
    "plan_drafts",
    "plans",
    "sessions",
    "threads",
)
# The row of a folded borrower that is there again; closed by who uses it.
AGAIN = (
    "(SELECT b.id FROM borrowers b JOIN former_borrowers f ON f.public_id = b.public_id"
    " JOIN former_borrower_rows r ON r.former_id = f.id"
)
OLDEST = "(SELECT MIN(b.id) FROM borrowers b WHERE b.id_hmac = borrowers.id_hmac)"


def upgrade() -> None:
    op.add_column(
        "borrowers",
        sa.Column("is_contested", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "loans",
        sa.Column("customer_no", sa.String(length=40), nullable=False, server_default=""),
    )
    op.execute(
        "UPDATE loans SET customer_no ="
        " (SELECT customer_no FROM borrowers WHERE borrowers.id = loans.borrower_id)"
    )
    op.create_index(op.f("ix_loans_customer_no"), "loans", ["customer_no"])
    _tables()
    _fold()


def _tables() -> None:
    op.create_table(
        "contested_values",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("value_enc", sa.LargeBinary(), nullable=False),
        sa.Column("value_hmac", sa.String(length=64), nullable=False),
        sa.Column("last4_hmac", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_contested_values_borrower_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contested_values")),
        sa.UniqueConstraint(
            "borrower_id",
            "field",
            "value_hmac",
            name=op.f("uq_contested_values_borrower_id_field_value_hmac"),
        ),
    )
    op.create_index(op.f("ix_contested_values_value_hmac"), "contested_values", ["value_hmac"])
    text = sa.String(length=64)
    op.create_table(
        "former_borrowers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("customer_no", sa.String(length=40), nullable=False),
        sa.Column("name_enc", sa.LargeBinary(), nullable=False),
        sa.Column("name_hmac", text, nullable=False),
        sa.Column("mobile_enc", sa.LargeBinary(), nullable=False),
        sa.Column("mobile_hmac", text, nullable=False),
        sa.Column("mobile_last4_hmac", text, nullable=False),
        sa.Column("id_enc", sa.LargeBinary(), nullable=False),
        sa.Column("id_hmac", text, nullable=False),
        sa.Column("id_last4_hmac", text, nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("size_mode", sa.String(length=16), nullable=False),
        sa.Column("mobile_stands", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_former_borrowers_borrower_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_borrowers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_former_borrowers_public_id")),
    )
    op.create_index(op.f("ix_former_borrowers_borrower_id"), "former_borrowers", ["borrower_id"])
    op.create_table(
        "former_borrower_rows",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("former_id", BIG_ID, nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("row_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["former_id"], ["former_borrowers.id"], name=op.f("fk_former_borrower_rows_former_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_borrower_rows")),
    )
    op.create_index(
        op.f("ix_former_borrower_rows_former_id"), "former_borrower_rows", ["former_id"]
    )


def _fold() -> None:
    columns = ", ".join(KEPT)
    op.execute(
        f"INSERT INTO former_borrowers ({columns}, borrower_id)"
        f" SELECT {columns}, {OLDEST} FROM borrowers WHERE id <> {OLDEST}"
    )
    for table, key in ONCE:
        # The row of the person's oldest row stays, else the oldest of the others.
        op.execute(
            f"DELETE FROM {table} WHERE borrower_id IN (SELECT id FROM former_borrowers)"
            f" AND EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = {table}.{key}"
            f" AND {_person('t')} = {_person(table)} AND (t.borrower_id < {table}.borrower_id))"
        )
    for table in MOVED:
        op.execute(
            "INSERT INTO former_borrower_rows (former_id, table_name, row_id)"
            f" SELECT borrower_id, '{table}', id FROM {table}"
            " WHERE borrower_id IN (SELECT id FROM former_borrowers)"
        )
        op.execute(
            f"UPDATE {table} SET borrower_id = {_person(table)}"
            " WHERE borrower_id IN (SELECT id FROM former_borrowers)"
        )
    op.execute("DELETE FROM borrowers WHERE id IN (SELECT id FROM former_borrowers)")


def _person(table: str) -> str:
    former = f"(SELECT f.borrower_id FROM former_borrowers f WHERE f.id = {table}.borrower_id)"
    return f"COALESCE({former}, {table}.borrower_id)"


def downgrade() -> None:
    columns = ", ".join(KEPT[1:])
    op.drop_table("contested_values")
    op.drop_column("borrowers", "is_contested")
    # With numbers of their own: SQLite gives one that is free again to the next row. A customer
    # number that was given to someone else since stays theirs.
    op.execute(
        f"INSERT INTO borrowers ({columns}) SELECT {columns} FROM former_borrowers f"
        " WHERE NOT EXISTS (SELECT 1 FROM borrowers b"
        " WHERE b.public_id = f.public_id OR b.customer_no = f.customer_no) ORDER BY f.id"
    )
    for table in MOVED:
        row = f"r.table_name = '{table}' AND r.row_id = {table}.id"
        op.execute(
            f"UPDATE {table} SET borrower_id = {AGAIN} WHERE {row})"
            f" WHERE EXISTS {AGAIN} WHERE {row})"
        )
    # Loans that came since, by the number they came with.
    own = "(SELECT b.id FROM borrowers b WHERE b.customer_no = loans.customer_no)"
    op.execute(f"UPDATE loans SET borrower_id = {own} WHERE EXISTS {own}")
    op.drop_table("former_borrower_rows")
    op.drop_table("former_borrowers")
    op.drop_index(op.f("ix_loans_customer_no"), table_name="loans")
    op.drop_column("loans", "customer_no")
