"""Calls that were tried, who calls back, and what a message in a thread is.

Why:    没人接 could not be noted without closing a request, nobody owned one, and a borrower's thanks
        after an answer could not be told from 申请核查, nor a first word of ours from an answer.
Locks:  none on the new table; short ones on callback_requests and messages, a column each is added.
Down:   attempts and owners are lost; acknowledgements read as answers, as they did before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026_callback_attempts"
down_revision = "0025_befores"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("callback_requests", sa.Column("owner", sa.String(length=64), nullable=True))
    op.add_column(
        "messages",
        sa.Column("kind", sa.String(length=40), nullable=False, server_default="words"),
    )
    op.create_table(
        "callback_attempts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("callback_id", BIG_ID, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["callback_id"], ["callback_requests.id"], name=op.f("fk_callback_attempts_callback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_attempts")),
    )
    op.create_index(op.f("ix_callback_attempts_callback_id"), "callback_attempts", ["callback_id"])


def downgrade() -> None:
    op.drop_table("callback_attempts")
    op.drop_column("messages", "kind")
    op.drop_column("callback_requests", "owner")
