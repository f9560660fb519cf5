"""What stood before a nightly file is kept beside it, so that a mistake can be taken back.

Why:    a file that was applied by mistake stood for good, and its figures were what people saw.
Locks:  none, the tables are new. Code from before keeps nothing in them: a file it applies cannot
        be taken back, and those applied before it no more either.
Down:   the tables go: what was applied stands. A file that was taken back reads as declined.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_befores"
down_revision = "0024_find_people"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _loan()
    _borrower()
    _snapshot()
    _contested()


def _loan() -> None:
    op.create_table(
        "loan_befores",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=True),
        sa.Column("customer_no", sa.String(length=40), nullable=True),
        sa.Column("contract_no", sa.String(length=40), nullable=True),
        sa.Column("product", sa.String(length=80), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=True),
        sa.Column("principal_fen", sa.BigInteger(), nullable=True),
        sa.Column("annual_ppm", sa.Integer(), nullable=True),
        sa.Column("uplift_ppm", sa.Integer(), nullable=True),
        sa.Column("day_basis", sa.Integer(), nullable=True),
        sa.Column("periods", sa.Integer(), nullable=True),
        sa.Column("paid", sa.Integer(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("due_day", sa.Integer(), nullable=True),
        sa.Column("last_due_on", sa.Date(), nullable=True),
        sa.Column("difference", sa.Boolean(), nullable=True),
        sa.Column("over_ceiling", sa.Boolean(), nullable=True),
        sa.Column("remark_enc", sa.LargeBinary(), nullable=True),
        sa.Column("remark_hmac", sa.String(length=64), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("as_of_on", sa.Date(), nullable=True),
        sa.Column("missing_since_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_loan_befores_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_befores")),
    )
    op.create_index("ix_loan_befores_file_id", "loan_befores", ["file_id", "loan_id"])


def _borrower() -> None:
    op.create_table(
        "borrower_befores",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("name_after", sa.String(length=64), nullable=True),
        sa.Column("mobile_after", sa.String(length=64), nullable=True),
        sa.Column("name_enc", sa.LargeBinary(), nullable=True),
        sa.Column("name_hmac", sa.String(length=64), nullable=True),
        sa.Column("mobile_enc", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_hmac", sa.String(length=64), nullable=True),
        sa.Column("mobile_last4_hmac", sa.String(length=64), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("is_contested", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_borrower_befores_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borrower_befores")),
    )
    op.create_index("ix_borrower_befores_file_id", "borrower_befores", ["file_id", "borrower_id"])


def _snapshot() -> None:
    op.create_table(
        "snapshot_befores",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("of_file_id", BIG_ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("as_of_on", sa.Date(), nullable=True),
        sa.Column("paid", sa.Integer(), nullable=True),
        sa.Column("overdue_since_on", sa.Date(), nullable=True),
        sa.Column("days_past_due", sa.Integer(), nullable=True),
        sa.Column("left_fen", sa.BigInteger(), nullable=True),
        sa.Column("overdue_principal_fen", sa.BigInteger(), nullable=True),
        sa.Column("interest_fen", sa.BigInteger(), nullable=True),
        sa.Column("penalty_fen", sa.BigInteger(), nullable=True),
        sa.Column("fee_fen", sa.BigInteger(), nullable=True),
        sa.Column("differences", sa.JSON(), nullable=True),
        sa.Column("extra_enc", sa.LargeBinary(), nullable=True),
        sa.Column("extra_hmac", sa.String(length=64), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_snapshot_befores_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot_befores")),
    )
    op.create_index("ix_snapshot_befores_file_id", "snapshot_befores", ["file_id", "loan_id"])


def _contested() -> None:
    op.create_table(
        "contested_befores",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("field", sa.String(length=40), nullable=True),
        sa.Column("value_enc", sa.LargeBinary(), nullable=True),
        sa.Column("value_hmac", sa.String(length=64), nullable=True),
        sa.Column("last4_hmac", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_contested_befores_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contested_befores")),
    )
    op.create_index("ix_contested_befores_file_id", "contested_befores", ["file_id", "borrower_id"])


def downgrade() -> None:
    for name in ("contested_befores", "snapshot_befores", "borrower_befores", "loan_befores"):
        op.drop_table(name)
    op.execute("UPDATE nightly_files SET state = 'declined' WHERE state = 'taken_back'")
