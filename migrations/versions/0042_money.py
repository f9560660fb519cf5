"""Money that arrives: files of repayments, payments, whose they are, what people did with them.

Why:    a signed plan promises dates and an order of payments; now money is stored that keeps it.
        A payment is a fact: what was paid, when and how much never changes; a match is undone and
        stays on record.
Locks:  new tables only.
Down:   refused while a payment or a file is stored: what was paid would be forgotten.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0042_money"
down_revision = "0041_papers_outside"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
UNMATCHED = sa.text("state = 'unmatched'")
KNOWN_PAYER = sa.text("payer_hmac <> ''")
TAKES_BACK = sa.text("reverses_id IS NOT NULL")
IS_REVERSAL = sa.text("reverses_id IS NOT NULL AND state = 'matched'")
STAYS = "{} files and {} payments are stored and would be lost: this step is not taken down"

# What of a row never changes; of the rest a match is undone once.
FIXED = {
    "payments": (
        "public_id, channel, channel_ref, file_id, line, paid_on, arrived_on, posted_at, fen, "
        "loan_ref, reverses_id, reverses_ref"
    ),
    "matches": "payment_id, number, plan_id, loan_id, fen, rule, reasons, actor, at",
    "payment_acts": "payment_id, act, words, who, request_key, at",
    "statement_files": "public_id, name, sha256, covers_until_on, received_at, received_by",
}
WORDS = "what was paid and by whom it was matched stays as it came"


def upgrade() -> None:
    _files()
    _payments()
    _matches()
    for table, columns in FIXED.items():
        _guard(f"{table}_fixed", f"BEFORE UPDATE OF {columns} ON {table}")
        _guard(f"{table}_stays", f"BEFORE DELETE ON {table}")
    _guard("matches_undone_once", "BEFORE UPDATE ON matches", "OLD.undone_at IS NOT NULL")


def downgrade() -> None:
    bind = op.get_bind()
    files, payments = (
        bind.scalar(sa.text(f"SELECT count(*) FROM {table}"))
        for table in ("statement_files", "payments")
    )
    if files or payments:
        raise CommandError(STAYS.format(files, payments))
    # Triggers go with their tables.
    for table in ("payment_acts", "matches", "payments", "statement_faults", "statement_files"):
        op.drop_table(table)


def _guard(name: str, event: str, when: str = "") -> None:
    condition = f" WHEN ({when})" if when else ""
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {body}")


def _files() -> None:
    op.create_table(
        "statement_files",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("covers_until_on", sa.Date()),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("rows", "posted", "duplicates", "unmatched", "rejected")
        ),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("received_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_statement_files"),
        sa.UniqueConstraint("public_id", name="uq_statement_files_public_id"),
    )
    op.create_index("ix_statement_files_covers_until_on", "statement_files", ["covers_until_on"])
    op.create_table(
        "statement_faults",
        sa.Column("id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_statement_faults"),
        sa.UniqueConstraint("file_id", "line", name="uq_statement_faults_file_id_line"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["statement_files.id"], name="fk_statement_faults_file_id"
        ),
    )


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("channel_ref", sa.String(64), nullable=False),
        sa.Column("file_id", ID),
        sa.Column("line", sa.Integer()),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("posted_at", AT, nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("loan_ref", sa.String(40), nullable=False),
        sa.Column("words_enc", sa.LargeBinary()),
        sa.Column("payer_hmac", sa.String(64), nullable=False),
        sa.Column("account_hmac", sa.String(64), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("reverses_id", ID),
        sa.Column("reverses_ref", sa.String(64), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("owner_id", ID),
        sa.Column("owned_at", AT),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("public_id", name="uq_payments_public_id"),
        sa.UniqueConstraint("channel", "channel_ref", name="uq_payments_channel_channel_ref"),
        sa.ForeignKeyConstraint(["file_id"], ["statement_files.id"], name="fk_payments_file_id"),
        sa.ForeignKeyConstraint(["reverses_id"], ["payments.id"], name="fk_payments_reverses_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name="fk_payments_owner_id"),
        sa.CheckConstraint("fen > 0", name="fen_positive"),
        sa.CheckConstraint("paid_on <= arrived_on", name="paid_before_arrival"),
    )
    op.create_index("ix_payments_file_id", "payments", ["file_id"])
    op.create_index("ix_payments_arrived_on", "payments", ["arrived_on"])
    _partial("ix_payments_unmatched", ["arrived_on", "id"], UNMATCHED)
    _partial("ix_payments_account_hmac", ["account_hmac"], KNOWN_PAYER)
    _partial("ix_payments_reverses_id", ["reverses_id"], TAKES_BACK)
    _partial("uq_payments_reverses_id", ["reverses_id"], IS_REVERSAL, unique=True)


def _partial(name: str, columns: list[str], where: sa.TextClause, unique: bool = False) -> None:
    op.create_index(
        name, "payments", columns, unique=unique, sqlite_where=where, postgresql_where=where
    )


def _matches() -> None:
    op.create_table(
        "matches",
        sa.Column("id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan_id", ID),
        sa.Column("loan_id", ID),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("undone_at", AT),
        sa.Column("undone_by", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_matches"),
        sa.UniqueConstraint("payment_id", "number", name="uq_matches_payment_id_number"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_matches_payment_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_matches_plan_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_matches_loan_id"),
        sa.CheckConstraint("fen > 0", name="fen_positive"),
        sa.CheckConstraint("(plan_id IS NULL) <> (loan_id IS NULL)", name="one_end"),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_someone"),
    )
    op.create_index("ix_matches_plan_id", "matches", ["plan_id"])
    op.create_index("ix_matches_loan_id", "matches", ["loan_id"])
    op.create_table(
        "payment_acts",
        sa.Column("id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("request_key", sa.String(64)),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_acts"),
        sa.UniqueConstraint("request_key", name="uq_payment_acts_request_key"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_payment_acts_payment_id"),
    )
    op.create_index("ix_payment_acts_payment_id", "payment_acts", ["payment_id"])
