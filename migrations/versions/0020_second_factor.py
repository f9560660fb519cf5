"""Staff have a second factor; wrong tries at the desk slow down and lock nobody.

Why:    a password alone opened the desk, and fifty wrong ones from anywhere shut its owner out (ADR
        0040). Accounts are kept; each enrols at its next sign-in, and so that it does, sessions of
        staff that are open end.
Locks:  staff and sessions take no writes while columns are added and sessions end, for an instant.
        Code from before goes on and opens the desk to a password alone: stop it first.
Down:   tables and columns go, with codes to fall back on; accounts stay, with their password alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_second_factor"
down_revision = "0019_who_is_calling"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DIGEST = sa.String(length=64)


def upgrade() -> None:
    op.add_column("staff", sa.Column("totp_used_step", BIG_ID, nullable=True))
    op.add_column(
        "staff", sa.Column("failed_codes", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("code_hmac", DIGEST, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        _of_staff("recovery_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "staff_id", "code_hmac", name=op.f("uq_recovery_codes_staff_id_code_hmac")
        ),
    )
    op.create_table(
        "staff_devices",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", DIGEST, nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        _of_staff("staff_devices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_devices")),
        sa.UniqueConstraint(
            "token_hash", "staff_id", name=op.f("uq_staff_devices_token_hash_staff_id")
        ),
    )
    op.create_index(op.f("ix_staff_devices_staff_id"), "staff_devices", ["staff_id"])
    op.create_table(
        "staff_sign_ins",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", DIGEST, nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("secret_enc", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        _of_staff("staff_sign_ins"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_staff_sign_ins_staff_id"), "staff_sign_ins", ["staff_id"])
    op.execute(
        "UPDATE sessions SET ended_at = CURRENT_TIMESTAMP, ended_why = 'second_factor'"
        " WHERE audience = 'staff' AND ended_at IS NULL"
    )


def downgrade() -> None:
    for name in ("staff_sign_ins", "staff_devices", "recovery_codes"):
        op.drop_table(name)
    for name in ("failed_codes", "totp_used_step"):
        op.drop_column("staff", name)


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id"))
