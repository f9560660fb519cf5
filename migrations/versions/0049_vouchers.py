"""Receipts, papers of holds and quotes: what was so on an instant, with a check code.

Why:    a borrower shows them to others, who look up whether they still say what is so; two of them
        asked for at once must be one.
Locks:  new tables only.
Down:   refused while one is stored: its check page would call a paper of ours unknown.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0049_vouchers"
down_revision = "0048_changed_plans"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
ABOUT = (
    "(kind = 'receipt') = (match_id IS NOT NULL)"
    " AND (kind = 'hold') = (hold_id IS NOT NULL)"
    " AND (kind = 'quote') = (plan_id IS NOT NULL)"
)
STAYS = "{} receipts, papers of holds and quotes are stored and would be lost"
WORDS = "a paper that was given stays as it was given"


def upgrade() -> None:
    op.create_table(
        "vouchers",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("plan_id", ID),
        sa.Column("match_id", ID),
        sa.Column("hold_id", ID),
        sa.Column("check_code", sa.String(24), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("facts_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vouchers"),
        sa.UniqueConstraint("public_id", name="uq_vouchers_public_id"),
        sa.UniqueConstraint("check_code", name="uq_vouchers_check_code"),
        sa.UniqueConstraint("facts_sha256", name="uq_vouchers_facts_sha256"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_vouchers_plan_id"),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name="fk_vouchers_match_id"),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name="fk_vouchers_hold_id"),
        sa.CheckConstraint(ABOUT, name="about_one_thing"),
    )
    for column in ("plan_id", "match_id", "hold_id"):
        op.create_index(f"ix_vouchers_{column}", "vouchers", [column])
    op.create_table(
        "voucher_files",
        sa.Column("voucher_id", ID, nullable=False, autoincrement=False),
        sa.Column("folder", sa.String(96), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_at", AT, nullable=False),
        sa.Column("stamped_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("voucher_id", name="pk_voucher_files"),
        sa.UniqueConstraint("folder", name="uq_voucher_files_folder"),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["vouchers.id"], name="fk_voucher_files_voucher_id"
        ),
    )
    for table in ("vouchers", "voucher_files"):
        _guard(f"{table}_fixed", f"BEFORE UPDATE ON {table}")
        _guard(f"{table}_stays", f"BEFORE DELETE ON {table}")


def downgrade() -> None:
    stored = op.get_bind().scalar(sa.text("SELECT count(*) FROM vouchers"))
    if stored:
        raise CommandError(STAYS.format(stored))
    # Triggers go with their tables.
    op.drop_table("voucher_files")
    op.drop_table("vouchers")


def _guard(name: str, event: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {body}")
