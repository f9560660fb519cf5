"""Money we collect by a channel: orders, what channels told, whose payments came, money sent back.

Why:    a borrower pays here and not only by bank; what a channel tells is stored before it is
        believed, once by its own name for it, and an order is answered by one payment.
Locks:  new tables only; the release before writes none of them.
Down:   refused while one is stored: what was asked, told and sent back would be forgotten.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0046_paying"
down_revision = "0045_certificate_files"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
STAYS = "{} orders and {} tellings of channels are stored and would be lost"
WORDS = "what was asked of a channel, and what it told, stays as it was"
TABLES = ("payment_refunds", "provider_events", "order_payments", "payment_orders")

# What of a row never changes.
FIXED = {
    "payment_orders": (
        "public_id, number, borrower_id, plan_id, loan_id, fen, offered, channel, provider, scene,"
        " opened_at, expires_at, request_key"
    ),
    "order_payments": "payment_id, order_id, kind, paid_at",
    "provider_events": "provider, event_id, source, kind, body_enc, told, received_at",
    "payment_refunds": "public_id, number, payment_id, fen, asked_by, asked_at, request_key",
}


def upgrade() -> None:
    _orders()
    _order_payments()
    _events()
    _refunds()
    for table, columns in FIXED.items():
        _guard(f"{table}_fixed", f"BEFORE UPDATE OF {columns} ON {table}")
        _guard(f"{table}_stays", f"BEFORE DELETE ON {table}")


def downgrade() -> None:
    bind = op.get_bind()
    orders, told = (
        bind.scalar(sa.text(f"SELECT count(*) FROM {table}"))
        for table in ("payment_orders", "provider_events")
    )
    if orders or told:
        raise CommandError(STAYS.format(orders, told))
    # Triggers go with their tables.
    for table in TABLES:
        op.drop_table(table)


def _guard(name: str, event: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {body}")


def _orders() -> None:
    op.create_table(
        "payment_orders",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("borrower_id", ID, nullable=False),
        sa.Column("plan_id", ID),
        sa.Column("loan_id", ID),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("offered", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("scene", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("handed_at", AT),
        sa.Column("go_url", sa.Text(), nullable=False),
        sa.Column("go_script", sa.JSON(), nullable=False),
        sa.Column("openid_enc", sa.LargeBinary()),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("ask_at", AT),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("asked_at", AT),
        sa.Column("paid_at", AT),
        sa.Column("closed_at", AT),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_orders"),
        sa.UniqueConstraint("public_id", name="uq_payment_orders_public_id"),
        sa.UniqueConstraint("number", name="uq_payment_orders_number"),
        sa.UniqueConstraint(
            "borrower_id", "request_key", name="uq_payment_orders_borrower_id_request_key"
        ),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name="fk_payment_orders_borrower_id"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_payment_orders_plan_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_payment_orders_loan_id"),
        sa.CheckConstraint("fen > 0", name="fen_positive"),
        sa.CheckConstraint("(plan_id IS NULL) <> (loan_id IS NULL)", name="one_end"),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_at_an_instant"),
    )
    for column in ("plan_id", "loan_id"):
        op.create_index(f"ix_payment_orders_{column}", "payment_orders", [column])
    _partial("ix_payment_orders_waiting", "payment_orders", ["ask_at", "id"], "state = 'waiting'")


def _order_payments() -> None:
    op.create_table(
        "order_payments",
        sa.Column("payment_id", ID, nullable=False, autoincrement=False),
        sa.Column("order_id", ID),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("paid_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name="pk_order_payments"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_order_payments_payment_id"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_orders.id"], name="fk_order_payments_order_id"
        ),
        sa.CheckConstraint("(order_id IS NULL) = (kind = 'foreign')", name="foreign_without_order"),
    )
    op.create_index("ix_order_payments_order_id", "order_payments", ["order_id"])
    _partial(
        "uq_order_payments_answer", "order_payments", ["order_id"], "kind = 'answer'", unique=True
    )


def _events() -> None:
    op.create_table(
        "provider_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body_enc", sa.LargeBinary()),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("applied_at", AT),
        sa.Column("payment_id", ID),
        sa.PrimaryKeyConstraint("id", name="pk_provider_events"),
        sa.UniqueConstraint("provider", "event_id", name="uq_provider_events_provider_event_id"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_provider_events_payment_id"
        ),
    )
    op.create_index("ix_provider_events_payment_id", "provider_events", ["payment_id"])
    _partial("ix_provider_events_stored", "provider_events", ["id"], "state = 'stored'")


def _refunds() -> None:
    op.create_table(
        "payment_refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("sent_at", AT),
        sa.Column("done_at", AT),
        sa.Column("channel_ref", sa.String(64), nullable=False),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_refunds"),
        sa.UniqueConstraint("public_id", name="uq_payment_refunds_public_id"),
        sa.UniqueConstraint("number", name="uq_payment_refunds_number"),
        sa.UniqueConstraint("request_key", name="uq_payment_refunds_request_key"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_payment_refunds_payment_id"
        ),
        sa.CheckConstraint("fen > 0", name="fen_positive"),
    )
    op.create_index("ix_payment_refunds_payment_id", "payment_refunds", ["payment_id"])
    _partial(
        "ix_payment_refunds_under_way", "payment_refunds", ["id"], "state IN ('asked', 'sent')"
    )


def _partial(name: str, table: str, columns: list[str], where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
