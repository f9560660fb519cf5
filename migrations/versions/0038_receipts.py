"""Delivery receipts: who took a message and as what, what became of it, and what had caused it.

Why:    a message that was handed over may still not arrive; now what the provider tells of it is
        kept, once and unchanged, and found from the record of contacts. A message also names the
        request that caused it, so that a line of the log leads from the page to the provider.
Locks:  columns without a default: short. The index is made over rows that have none of its values
        yet; messages are not written meanwhile, some seconds for each million. The release before
        keeps working beside it.
Down:   what was told of messages is lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038_receipts"
down_revision = "0037_exports_by_state"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAMED = sa.text("provider_id IS NOT NULL")


def upgrade() -> None:
    for table in ("outbox", "contacts"):
        op.add_column(table, sa.Column("provider", sa.String(40)))
        op.add_column(table, sa.Column("provider_id", sa.String(64)))
    op.add_column("outbox", sa.Column("request_id", sa.String(64)))
    op.create_index(
        "ix_outbox_provider_provider_id",
        "outbox",
        ["provider", "provider_id"],
        sqlite_where=NAMED,
        postgresql_where=NAMED,
    )
    op.create_table(
        "sms_receipts",
        sa.Column("id", ID, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("is_delivered", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sms_receipts"),
        sa.UniqueConstraint("provider", "provider_id", name="uq_sms_receipts_provider_provider_id"),
    )
    op.create_index("ix_sms_receipts_received_at", "sms_receipts", ["received_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER sms_receipts_no_update BEFORE UPDATE ON sms_receipts "
            "FOR EACH STATEMENT EXECUTE FUNCTION anhuan_refuse('receipts stay as they came')"
        )
    else:
        op.execute(
            "CREATE TRIGGER sms_receipts_no_update BEFORE UPDATE ON sms_receipts FOR EACH ROW "
            "BEGIN SELECT RAISE(ABORT, 'receipts stay as they came'); END"
        )


def downgrade() -> None:
    op.drop_table("sms_receipts")  # its trigger goes along
    op.drop_index("ix_outbox_provider_provider_id", "outbox")
    op.drop_column("outbox", "request_id")
    for table in ("outbox", "contacts"):
        op.drop_column(table, "provider_id")
        op.drop_column(table, "provider")
