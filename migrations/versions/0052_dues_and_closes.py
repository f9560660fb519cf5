"""What falls due and what came of it, by day and product; closed months; ledger against file.

Why:    finance asks what was due and received by day and month; computed from plans that takes
        minutes at 300,000. A job keeps lines of plans and their sums, as of an instant that is
        told. A month that two people closed is hashed, and nothing is posted into it any more. What
        the file of a day says otherwise than the ledger is kept with why, or with who sees to it.
Locks:  new tables; a trigger on journals and moves.
Down:   dues are computed anew by the next upgrade; refused while a month is closed.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0052_dues_and_closes"
down_revision = "0051_house_accounts"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
SUMS = ("due_fen", "received_fen", "promised_fen", "earned_fen", "lapsed_fen")
STAYS = "{} months are closed and would be forgotten: this step is not taken down"
CLOSED = "the month is closed"
FIXED = "a closed month stays as it is"
FIGURES = (
    "month_on",
    "frozen_at",
    "frozen_by",
    "frozen_person",
    "journals",
    "moves",
    "content_sha256",
    "balances",
    "report",
    "report_sha256",
)
TABLES = ("month_closes", "dues_passes", "dues_days", "dues_lines")
POSTED = ("journals", "house_moves")


def upgrade() -> None:
    _dues()
    _closes()
    _differences()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def downgrade() -> None:
    bind = op.get_bind()
    closed = bind.scalar(sa.text("SELECT count(*) FROM month_closes"))
    if closed:
        raise CommandError(STAYS.format(closed))
    for table in POSTED:
        on = "" if bind.dialect.name == "sqlite" else f" ON {table}"
        op.execute(f"DROP TRIGGER {table}_open_month{on}")
    for table in ("differences", "difference_days", *TABLES):
        op.drop_table(table)
    if bind.dialect.name != "sqlite":
        op.execute("DROP FUNCTION anhuan_open_month()")


def _sums() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS]


def _dues() -> None:
    op.create_table(
        "dues_lines",
        sa.Column("plan_id", ID, nullable=False, autoincrement=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("product", sa.String(80), nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint("plan_id", "due_on", "product", name="pk_dues_lines"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_dues_lines_plan_id"),
    )
    op.create_table(
        "dues_days",
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("product", sa.String(80), nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint("due_on", "product", name="pk_dues_days"),
    )
    op.create_table(
        "dues_passes",
        sa.Column("id", ID, nullable=False),
        sa.Column("began_at", AT, nullable=False),
        sa.Column("after_journal_id", ID, nullable=False),
        sa.Column("after_change_id", ID, nullable=False),
        sa.Column("after_plan_id", ID, nullable=False),
        sa.Column("plans", sa.Integer(), nullable=False),
        sa.Column("ended_at", AT),
        sa.PrimaryKeyConstraint("id", name="pk_dues_passes"),
    )


def _closes() -> None:
    op.create_table(
        "month_closes",
        sa.Column("id", ID, nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("frozen_at", AT, nullable=False),
        sa.Column("frozen_by", sa.String(64), nullable=False),
        sa.Column("frozen_person", sa.String(64), nullable=False),
        sa.Column("journals", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("balances", sa.JSON(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("report_sha256", sa.String(64), nullable=False),
        sa.Column("closed_at", AT),
        sa.Column("closed_by", sa.String(64)),
        sa.Column("closed_person", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_month_closes"),
        sa.UniqueConstraint("month_on", name="uq_month_closes_month_on"),
        sa.CheckConstraint(
            "closed_person IS NULL OR closed_person <> frozen_person", name="two_persons"
        ),
    )


def _differences() -> None:
    op.create_table(
        "difference_days",
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("began_at", AT, nullable=False),
        sa.Column("after_plan_id", ID, nullable=False),
        sa.Column("plans", sa.Integer(), nullable=False),
        sa.Column("loans", sa.Integer(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("ended_at", AT),
        sa.PrimaryKeyConstraint("as_of_on", name="pk_difference_days"),
    )
    op.create_table(
        "differences",
        sa.Column("id", ID, nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("loan_id", ID, nullable=False),
        sa.Column("component", sa.String(40), nullable=False),
        sa.Column("ledger_fen", sa.BigInteger(), nullable=False),
        sa.Column("file_fen", sa.BigInteger(), nullable=False),
        sa.Column("explained", sa.JSON(), nullable=False),
        sa.Column("open_fen", sa.BigInteger(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("owner_id", ID),
        sa.Column("owned_at", AT),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_differences"),
        sa.UniqueConstraint(
            "as_of_on", "loan_id", "component", name="uq_differences_as_of_on_loan_id_component"
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_differences_loan_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name="fk_differences_owner_id"),
    )
    open_ones = sa.text("open_fen <> 0")
    op.create_index(
        "ix_differences_open",
        "differences",
        ["as_of_on", "since_on", "id"],
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    op.create_index("ix_differences_loan_id", "differences", ["loan_id"])


def _sqlite() -> None:
    def refuse(name: str, event: str, words: str, when: str = "") -> None:
        condition = f" WHEN {when}" if when else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW{condition}"
            f" BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    for table in POSTED:
        closed = "EXISTS (SELECT 1 FROM month_closes WHERE month_on = NEW.period_on)"
        refuse(f"{table}_open_month", f"INSERT ON {table}", CLOSED, closed)
    refuse("month_closes_fixed", f"UPDATE OF {', '.join(FIGURES)} ON month_closes", FIXED)
    refuse("month_closes_once", "UPDATE ON month_closes", FIXED, "OLD.state = 'closed'")
    refuse("month_closes_stay", "DELETE ON month_closes", FIXED)


def _postgresql() -> None:
    op.execute(
        f"""CREATE FUNCTION anhuan_open_month() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (
            SELECT 1 FROM fresh JOIN month_closes ON month_closes.month_on = fresh.period_on
          ) THEN RAISE EXCEPTION '{CLOSED}' USING ERRCODE = 'check_violation'; END IF;
          RETURN NULL;
        END $$"""
    )
    for table in POSTED:
        op.execute(
            f"CREATE TRIGGER {table}_open_month AFTER INSERT ON {table}"
            " REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
            " EXECUTE FUNCTION anhuan_open_month()"
        )
    refuse = f"FOR EACH ROW EXECUTE FUNCTION anhuan_refuse('{FIXED}')"
    op.execute(
        f"CREATE TRIGGER month_closes_fixed BEFORE UPDATE OF {', '.join(FIGURES)}"
        f" ON month_closes {refuse}"
    )
    op.execute(
        "CREATE TRIGGER month_closes_once BEFORE UPDATE ON month_closes FOR EACH ROW"
        f" WHEN (OLD.state = 'closed') EXECUTE FUNCTION anhuan_refuse('{FIXED}')"
    )
    op.execute(f"CREATE TRIGGER month_closes_stay BEFORE DELETE ON month_closes {refuse}")
