"""Borrowers, loans and nightly files.

Why:    whose loans there are, and what each nightly file said of them.
Locks:  none, the tables are new.
Down:   drops the tables with what they hold.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_borrowers_and_loans"
down_revision = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "borrowers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("customer_no", sa.String(length=40), nullable=False),
        sa.Column("name_enc", sa.LargeBinary(), nullable=False),
        sa.Column("name_hmac", sa.String(length=64), nullable=False),
        sa.Column("mobile_enc", sa.LargeBinary(), nullable=False),
        sa.Column("mobile_hmac", sa.String(length=64), nullable=False),
        sa.Column("mobile_last4_hmac", sa.String(length=64), nullable=False),
        sa.Column("id_enc", sa.LargeBinary(), nullable=False),
        sa.Column("id_hmac", sa.String(length=64), nullable=False),
        sa.Column("id_last4_hmac", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("size_mode", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borrowers")),
        sa.UniqueConstraint("customer_no", name=op.f("uq_borrowers_customer_no")),
        sa.UniqueConstraint("public_id", name=op.f("uq_borrowers_public_id")),
    )
    op.create_index(op.f("ix_borrowers_id_hmac"), "borrowers", ["id_hmac"], unique=False)
    op.create_index(op.f("ix_borrowers_mobile_hmac"), "borrowers", ["mobile_hmac"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("document", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_where", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_consents_borrower_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_borrower_id"), "consents", ["borrower_id"], unique=False)
    op.create_table(
        "nightly_files",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("vanished", sa.Integer(), nullable=False),
        sa.Column("discrepancies", sa.Integer(), nullable=False),
        sa.Column("over_ceiling", sa.Integer(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nightly_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_nightly_files_public_id")),
    )
    op.create_index(op.f("ix_nightly_files_as_of_on"), "nightly_files", ["as_of_on"], unique=False)
    op.create_table(
        "nightly_faults",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_nightly_faults_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nightly_faults")),
    )
    op.create_index(
        "ix_nightly_faults_file_line", "nightly_faults", ["file_id", "line"], unique=False
    )
    op.create_table(
        "loans",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("contract_no", sa.String(length=40), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("product", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("annual_ppm", sa.Integer(), nullable=False),
        sa.Column("uplift_ppm", sa.Integer(), nullable=False),
        sa.Column("day_basis", sa.Integer(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("interest_only", sa.Integer(), nullable=False),
        sa.Column("principal_first_after_90d", sa.Boolean(), nullable=False),
        sa.Column("last_due_on", sa.Date(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("missing_since_on", sa.Date(), nullable=True),
        sa.Column("difference", sa.Boolean(), nullable=False),
        sa.Column("over_ceiling", sa.Boolean(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("legal_review", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint("day_basis IN (360, 365)", name=op.f("ck_loans_day_basis_known")),
        sa.CheckConstraint(
            "paid >= 0 AND paid <= periods", name=op.f("ck_loans_paid_within_periods")
        ),
        sa.CheckConstraint("principal_fen > 0", name=op.f("ck_loans_principal_positive")),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_loans_borrower_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loans")),
        sa.UniqueConstraint("public_id", name=op.f("uq_loans_public_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_loans_ref")),
    )
    op.create_index(op.f("ix_loans_as_of_on"), "loans", ["as_of_on"], unique=False)
    op.create_index(op.f("ix_loans_borrower_id"), "loans", ["borrower_id"], unique=False)
    op.create_table(
        "loan_snapshots",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("overdue_since_on", sa.Date(), nullable=True),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("overdue_principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_loan_snapshots_file_id")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_loan_snapshots_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_snapshots")),
        sa.UniqueConstraint("loan_id", "as_of_on", name=op.f("uq_loan_snapshots_loan_id_as_of_on")),
    )
    op.create_index(op.f("ix_loan_snapshots_file_id"), "loan_snapshots", ["file_id"], unique=False)


def downgrade() -> None:
    op.drop_table("loan_snapshots")
    op.drop_table("loans")
    op.drop_table("nightly_faults")
    op.drop_table("nightly_files")
    op.drop_table("consents")
    op.drop_table("borrowers")
