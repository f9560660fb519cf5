"""What happens to a signed plan besides money: notices, changed dates, certificates, rounds.

Why:    a notice, its receipt and a changed date are facts that where a plan stands follows from;
        a certificate is a paper that its check page answers for.
Locks:  new tables only.
Down:   refused while a notice, changed date or certificate is stored: what was told would be
        forgotten.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0043_kept"
down_revision = "0042_money"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = sa.text("received_on IS NULL AND taken_back_at IS NULL")
IN_FORCE = sa.text("withdrawn_at IS NULL")
TABLES = ("notices", "date_changes", "certificates")
STAYS = "{} notices, changed dates and certificates are stored and would be lost"
# What of a row never changes.
FIXED = {
    "notices": "public_id, plan_id, kind, sent_on, at, told",
    "date_changes": "plan_id, number, from_on, due_on, at, actor, request_key",
    "certificates": "public_id, kind, plan_id, check_code, text, text_sha256, issued_at",
}
# What is set once.
ONCE = {
    "notices_received_once": (
        "notices",
        "received_on, received_by",
        "OLD.received_on IS NOT NULL",
    ),
    "notices_back_once": (
        "notices",
        "taken_back_at, taken_back_why",
        "OLD.taken_back_at IS NOT NULL",
    ),
    "certificates_back_once": ("certificates", "withdrawn_at", "OLD.withdrawn_at IS NOT NULL"),
}
WORDS = "what was told of a plan stays as it was told"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("received_on", sa.Date()),
        sa.Column("received_by", sa.String(40)),
        sa.Column("taken_back_at", AT),
        sa.Column("taken_back_why", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("public_id", name="uq_notices_public_id"),
        sa.UniqueConstraint("plan_id", "kind", "sent_on", name="uq_notices_plan_id_kind_sent_on"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_notices_plan_id"),
        sa.CheckConstraint(
            "(received_on IS NULL) = (received_by IS NULL)", name="received_in_some_way"
        ),
        sa.CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_why IS NULL)", name="taken_back_for_a_reason"
        ),
    )
    op.create_index(
        "ix_notices_not_received", "notices", ["id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "date_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_date_changes"),
        sa.UniqueConstraint("plan_id", "number", name="uq_date_changes_plan_id_number"),
        sa.UniqueConstraint("request_key", name="uq_date_changes_request_key"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_date_changes_plan_id"),
    )
    op.create_index("ix_date_changes_due_on", "date_changes", ["due_on"])
    op.create_table(
        "certificates",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("check_code", sa.String(24), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", AT, nullable=False),
        sa.Column("withdrawn_at", AT),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("public_id", name="uq_certificates_public_id"),
        sa.UniqueConstraint("check_code", name="uq_certificates_check_code"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_certificates_plan_id"),
    )
    op.create_index(
        "uq_certificates_plan_in_force",
        "certificates",
        ["plan_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_table(
        "plan_rounds",
        sa.Column("plan_id", ID, autoincrement=False, nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name="pk_plan_rounds"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_rounds_plan_id"),
    )
    for table, columns in FIXED.items():
        _guard(f"{table}_fixed", f"BEFORE UPDATE OF {columns} ON {table}")
        _guard(f"{table}_stays", f"BEFORE DELETE ON {table}")
    for name, (table, columns, when) in ONCE.items():
        _guard(name, f"BEFORE UPDATE OF {columns} ON {table}", when)


def downgrade() -> None:
    bind = op.get_bind()
    stored = sum(bind.scalar(sa.text(f"SELECT count(*) FROM {table}")) for table in TABLES)
    if stored:
        raise CommandError(STAYS.format(stored))
    # Triggers go with their tables.
    for table in ("plan_rounds", *reversed(TABLES)):
        op.drop_table(table)


def _guard(name: str, event: str, when: str = "") -> None:
    condition = f" WHEN ({when})" if when else ""
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {body}")
