"""Plans, versions, parts, verdicts, decisions.

Why:    what borrowers propose and what is answered.
Locks:  none, the tables are new.
Down:   drops the tables with what they hold.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_plans"
down_revision = "0002_staff_and_policy"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("active_version_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_plans_borrower_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("number", name=op.f("uq_plans_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_plans_public_id")),
    )
    op.create_index(op.f("ix_plans_borrower_id"), "plans", ["borrower_id"], unique=False)
    op.create_table(
        "plan_loans",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("plan_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_plan_loans_loan_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_loans_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_loans")),
        sa.UniqueConstraint("plan_id", "loan_id", name=op.f("uq_plan_loans_plan_id_loan_id")),
    )
    op.create_index(op.f("ix_plan_loans_plan_id"), "plan_loans", ["plan_id"], unique=False)
    op.create_index(
        "uq_plan_loans_open_loan",
        "plan_loans",
        ["loan_id"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "plan_versions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("plan_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("author_kind", sa.String(length=40), nullable=False),
        sa.Column("author_person", sa.String(length=64), nullable=False),
        sa.Column("released_by", sa.String(length=64), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("valid_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_months", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("terms_sha256", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_by_on", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_plan_versions_total_positive")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["plan_versions.id"], name=op.f("fk_plan_versions_parent_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_versions_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_versions")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_versions_plan_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_plan_versions_public_id")),
    )
    op.create_index(
        "ix_plan_versions_state_submitted",
        "plan_versions",
        ["state", "submitted_at", "id"],
        unique=False,
    )
    op.create_table(
        "plan_parts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("component", sa.String(length=40), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("waived_fen", sa.BigInteger(), nullable=False),
        sa.Column("condition", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "fen >= 0 AND waived_fen >= 0", name=op.f("ck_plan_parts_never_negative")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_plan_parts_loan_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_plan_parts_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_parts")),
        sa.UniqueConstraint(
            "version_id",
            "loan_id",
            "number",
            "component",
            name=op.f("uq_plan_parts_version_id_loan_id_number_component"),
        ),
    )
    op.create_table(
        "plan_drafts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("loan_id", BIG_ID, nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_plan_drafts_borrower_id")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_plan_drafts_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_drafts")),
        sa.UniqueConstraint(
            "borrower_id", "loan_id", name=op.f("uq_plan_drafts_borrower_id_loan_id")
        ),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_verdicts_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("version_id", "rule", name=op.f("uq_verdicts_version_id_rule")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("author_person", sa.String(length=64), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "person_id <> author_person", name=op.f("ck_decisions_maker_is_not_checker")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_decisions_staff_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_decisions_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("request_key", name=op.f("uq_decisions_request_key")),
        sa.UniqueConstraint("version_id", "round", name=op.f("uq_decisions_version_id_round")),
    )


def downgrade() -> None:
    op.drop_table("decisions")
    op.drop_table("verdicts")
    op.drop_table("plan_drafts")
    op.drop_table("plan_parts")
    op.drop_table("plan_versions")
    op.drop_table("plan_loans")
    op.drop_table("plans")
