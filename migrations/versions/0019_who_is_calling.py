"""Checks of who is calling, and mobiles that two members of staff changed.

Why:    the desk could not tell whether a caller is the borrower, and the nightly file overwrote a
        number that the borrower had told. What a caller said is kept nowhere, only whether it was
        right; a changed number is sealed like any other, and stands over the file.
Locks:  none on the new tables; a short one on borrowers, a column with a default is added.
Down:   the checks and the changes are lost; the borrowers keep the numbers they have, and the next
        file brings its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_who_is_calling"
down_revision = "0018_refused_tries"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JUDGED = sa.text("result <> 'unknown'")
ENTERED = sa.text("state = 'entered'")
STANDING = sa.text("state IN ('confirmed', 'objected')")


def upgrade() -> None:
    op.add_column(
        "borrowers",
        sa.Column("mobile_stands", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _checks()
    _changes()


def _checks() -> None:
    op.create_table(
        "identity_checks",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_identity_checks_borrower_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_checks")),
        sa.UniqueConstraint("public_id", name=op.f("uq_identity_checks_public_id")),
    )
    op.create_index(
        "ix_identity_checks_borrower_started", "identity_checks", ["borrower_id", "started_at"]
    )
    op.create_table(
        "identity_answers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("check_id", BIG_ID, nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"], ["identity_checks.id"], name=op.f("fk_identity_answers_check_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_answers")),
    )
    op.create_index("ix_identity_answers_check_id", "identity_answers", ["check_id"])
    op.create_index(
        "uq_identity_answers_judged",
        "identity_answers",
        ["check_id", "item"],
        unique=True,
        sqlite_where=JUDGED,
        postgresql_where=JUDGED,
    )


def _changes() -> None:
    op.create_table(
        "mobile_changes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("borrower_id", BIG_ID, nullable=False),
        sa.Column("check_id", BIG_ID, nullable=False),
        sa.Column("id_hmac", sa.String(length=64), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("old_enc", sa.LargeBinary(), nullable=False),
        sa.Column("old_hmac", sa.String(length=64), nullable=False),
        sa.Column("new_enc", sa.LargeBinary(), nullable=False),
        sa.Column("new_hmac", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_person", sa.String(length=64), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_person", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("objected_by", sa.String(length=64), nullable=True),
        sa.Column("objected_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_person", sa.String(length=64), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "confirmed_person <> entered_person", name=op.f("ck_mobile_changes_two_persons")
        ),
        sa.CheckConstraint(
            "decided_person <> entered_person AND decided_person <> confirmed_person",
            name=op.f("ck_mobile_changes_third_person"),
        ),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_mobile_changes_borrower_id")
        ),
        sa.ForeignKeyConstraint(
            ["check_id"], ["identity_checks.id"], name=op.f("fk_mobile_changes_check_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mobile_changes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mobile_changes_public_id")),
    )
    op.create_index(op.f("ix_mobile_changes_borrower_id"), "mobile_changes", ["borrower_id"])
    op.create_index(
        "ix_mobile_changes_id_hmac_confirmed", "mobile_changes", ["id_hmac", "confirmed_at"]
    )
    for name, where in (("entered", ENTERED), ("standing", STANDING)):
        op.create_index(
            f"uq_mobile_changes_{name}",
            "mobile_changes",
            ["id_hmac"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    op.drop_table("mobile_changes")
    op.drop_table("identity_answers")
    op.drop_table("identity_checks")
    op.drop_column("borrowers", "mobile_stands")
