"""Codes, devices and sessions.

Why:    signing in, and out for certain.
Locks:  none, the tables are new.
Down:   drops the tables with what they hold.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_sign_in"
down_revision = "0003_plans"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_devices_borrower_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint(
            "token_hash", "borrower_id", name=op.f("uq_devices_token_hash_borrower_id")
        ),
    )
    op.create_index(op.f("ix_devices_borrower_id"), "devices", ["borrower_id"], unique=False)
    op.create_table(
        "sign_in_codes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("mobile_hmac", sa.String(length=64), nullable=False),
        sa.Column("requester_hmac", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("device_id", BIG_ID, nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_sign_in_codes_device_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_codes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sign_in_codes_public_id")),
    )
    op.create_index(
        "ix_sign_in_codes_mobile_asked", "sign_in_codes", ["mobile_hmac", "asked_at"], unique=False
    )
    op.create_index(
        "ix_sign_in_codes_requester_asked",
        "sign_in_codes",
        ["requester_hmac", "asked_at"],
        unique=False,
    )
    op.create_table(
        "failed_tries",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("subject_hmac", sa.String(length=64), nullable=False),
        sa.Column("requester_hmac", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_tries")),
    )
    op.create_index(
        "ix_failed_tries_subject",
        "failed_tries",
        ["subject_hmac", "requester_hmac", "at"],
        unique=False,
    )
    op.create_table(
        "sessions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=True),
        sa.Column("staff_id", BIG_ID, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stepped_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=True),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "audience IN ('borrower', 'staff')", name=op.f("ck_sessions_audience_known")
        ),
        sa.CheckConstraint(
            "(borrower_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_sessions_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_sessions_borrower_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_borrower_id"), "sessions", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_sessions_staff_id"), "sessions", ["staff_id"], unique=False)


def downgrade() -> None:
    op.drop_table("sessions")
    op.drop_table("failed_tries")
    op.drop_table("sign_in_codes")
    op.drop_table("devices")
