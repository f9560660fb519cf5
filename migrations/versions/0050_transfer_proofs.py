"""Pictures of transfers: what a borrower says was paid, beside finance's unmatched money.

Why:    a transfer without its reference is found by who paid and by a picture of it; while one
        waits for an answer no plan is broken; each look at one is on record.
Locks:  new tables only.
Down:   refused while one is stored: its pages would lie in the store without a row.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0050_transfer_proofs"
down_revision = "0049_vouchers"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
WAITING = sa.text("state = 'waiting'")
STAYS = "{} pictures of transfers are stored and would be lost"
# What of one never changes.
FIXED = "public_id, plan_id, fen, paid_on, pages, sha256, bytes, received_at"
WORDS = "a picture of a transfer stays as it came, a look at it on record"


def upgrade() -> None:
    op.create_table(
        "transfer_proofs",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("consent_id", ID, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", ID, nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("payment_id", ID),
        sa.Column("reason", sa.String(40)),
        sa.Column("answered_by", ID),
        sa.Column("answered_at", AT),
        sa.Column("deleted_at", AT),
        sa.Column("deleted_why", sa.String(40)),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_proofs"),
        sa.UniqueConstraint("public_id", name="uq_transfer_proofs_public_id"),
        sa.UniqueConstraint("payment_id", name="uq_transfer_proofs_payment_id"),
        sa.UniqueConstraint("request_key", name="uq_transfer_proofs_request_key"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_transfer_proofs_plan_id"),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name="fk_transfer_proofs_consent_id"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_transfer_proofs_payment_id"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff.id"], name="fk_transfer_proofs_answered_by"
        ),
        sa.CheckConstraint("fen > 0 AND pages > 0 AND bytes > 0", name="not_empty"),
        sa.CheckConstraint("(state = 'matched') = (payment_id IS NOT NULL)", name="matched_to_one"),
        sa.CheckConstraint(
            "(state = 'unfound') = (reason IS NOT NULL)", name="unfound_for_a_reason"
        ),
        sa.CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered_since"),
        sa.CheckConstraint("(deleted_at IS NULL) = (deleted_why IS NULL)", name="deleted_why_told"),
    )
    op.create_index("ix_transfer_proofs_plan_id", "transfer_proofs", ["plan_id"])
    op.create_index("ix_transfer_proofs_received_at", "transfer_proofs", ["received_at"])
    op.create_index(
        "ix_transfer_proofs_waiting",
        "transfer_proofs",
        ["plan_id", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "proof_views",
        sa.Column("id", ID, nullable=False),
        sa.Column("proof_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proof_views"),
        sa.ForeignKeyConstraint(
            ["proof_id"], ["transfer_proofs.id"], name="fk_proof_views_proof_id"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_proof_views_staff_id"),
    )
    op.create_index("ix_proof_views_proof_id", "proof_views", ["proof_id"])
    _guard("transfer_proofs_fixed", f"BEFORE UPDATE OF {FIXED} ON transfer_proofs")
    _guard("transfer_proofs_stays", "BEFORE DELETE ON transfer_proofs")
    _guard("proof_views_fixed", "BEFORE UPDATE ON proof_views")
    _guard("proof_views_stays", "BEFORE DELETE ON proof_views")


def downgrade() -> None:
    stored = op.get_bind().scalar(sa.text("SELECT count(*) FROM transfer_proofs"))
    if stored:
        raise CommandError(STAYS.format(stored))
    # Triggers go with their tables.
    op.drop_table("proof_views")
    op.drop_table("transfer_proofs")


def _guard(name: str, event: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {body}")
