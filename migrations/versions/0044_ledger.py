"""The ledger: journals of signed plans and their entries, only ever appended.

Why:    what a plan's facts ask for is posted and kept as it was posted; what changes is taken back
        by a journal of its own. A journal counts once it is sealed: then its entries sum to zero,
        and nothing enters any more. What takes another back negates it exactly.
Locks:  new tables only; the release before writes none of them. Plans signed earlier get their
        journals by the job `ledger`, some hundred at a time (ADR 0077).
Down:   refused while a journal is stored: what was posted would be forgotten.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0044_ledger"
down_revision = "0043_kept"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
STAYS = "{} journals are stored and would be lost: this step is not taken down"

APPENDED = "journals are append-only"
BORN = "a journal is sealed after its entries"
SUMS = "entries do not sum to zero"
EXACT = "what takes a journal back negates it exactly"
LATE = "nothing enters a sealed journal"
OPEN = "a journal has to be sealed"

COLUMNS = (
    "id",
    "plan_id",
    "seq",
    "kind",
    "value_on",
    "period_on",
    "posted_at",
    "actor",
    "cause_kind",
    "cause_id",
    "generation",
    "correlation_id",
    "reverses_id",
    "content_sha256",
    "row_hash",
)
# Nothing but the seal is ever written to a journal that is there.
SEALS = "OLD.sealed_at IS NULL AND NEW.sealed_at IS NOT NULL"
UNEQUAL = (
    "COALESCE((SELECT SUM(fen) FROM entries WHERE journal_id = NEW.id), 0) <> 0"
    " OR NOT EXISTS (SELECT 1 FROM entries WHERE journal_id = NEW.id)"
)
# The other is sealed, of the same plan, kind, day and cause, and no reversal itself; entry for
# entry the two come to nothing.
TARGET = (
    "SELECT 1 FROM journals AS gone WHERE gone.id = NEW.reverses_id"
    " AND gone.sealed_at IS NOT NULL AND gone.reverses_id IS NULL"
    " AND gone.plan_id = NEW.plan_id AND gone.kind = NEW.kind AND gone.value_on = NEW.value_on"
    " AND gone.cause_kind = NEW.cause_kind AND gone.cause_id = NEW.cause_id"
)
KEYS = "account, loan_id, component, number, payment"
LEFT_OVER = (
    f"SELECT 1 FROM entries WHERE journal_id IN (NEW.id, NEW.reverses_id) GROUP BY place, {KEYS}"
    " HAVING SUM(fen) <> 0 OR COUNT(*) <> 2"
)
INEXACT = f"NEW.reverses_id IS NOT NULL AND (NOT EXISTS ({TARGET}) OR EXISTS ({LEFT_OVER}))"
SEALED = "EXISTS (SELECT 1 FROM journals WHERE id = NEW.journal_id AND sealed_at IS NOT NULL)"


def upgrade() -> None:
    _journals()
    _entries()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def downgrade() -> None:
    stored = op.get_bind().scalar(sa.text("SELECT count(*) FROM journals"))
    if stored:
        raise CommandError(STAYS.format(stored))
    # Triggers go with their tables.
    op.drop_table("entries")
    op.drop_table("journals")
    if op.get_bind().dialect.name != "sqlite":
        for name in ("journal", "journal_end", "entry"):
            op.execute(f"DROP FUNCTION anhuan_guard_{name}()")


def _journals() -> None:
    op.create_table(
        "journals",
        sa.Column("id", ID, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("posted_at", AT, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("cause_kind", sa.String(40), nullable=False),
        sa.Column("cause_id", sa.String(140), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("correlation_id", sa.String(64)),
        sa.Column("reverses_id", ID),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("row_hash", sa.String(64), nullable=False),
        sa.Column("sealed_at", AT),
        sa.PrimaryKeyConstraint("id", name="pk_journals"),
        sa.UniqueConstraint("plan_id", "seq", name="uq_journals_plan_id_seq"),
        sa.UniqueConstraint(
            "plan_id",
            "cause_kind",
            "cause_id",
            "generation",
            name="uq_journals_plan_id_cause_kind_cause_id_generation",
        ),
        sa.UniqueConstraint("reverses_id", name="uq_journals_reverses_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_journals_plan_id"),
        sa.ForeignKeyConstraint(["reverses_id"], ["journals.id"], name="fk_journals_reverses_id"),
        sa.CheckConstraint("seq > 0 AND generation > 0", name="counted"),
    )
    op.create_index("ix_journals_period_on", "journals", ["period_on"])


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("journal_id", ID, nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("loan_id", ID),
        sa.Column("component", sa.String(40)),
        sa.Column("number", sa.Integer()),
        sa.Column("payment", sa.String(128)),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("journal_id", "place", name="pk_entries"),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name="fk_entries_journal_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_entries_loan_id"),
        sa.CheckConstraint("fen <> 0", name="fen_not_zero"),
    )


def _changed(operator: str) -> str:
    return " OR ".join(f"NEW.{column} {operator} OLD.{column}" for column in COLUMNS)


def _sqlite() -> None:
    def refuse(name: str, event: str, condition: str, words: str) -> None:
        when = f"WHEN {condition} " if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW {when}"
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    refuse("journals_born", "INSERT ON journals", "NEW.sealed_at IS NOT NULL", BORN)
    refuse(
        "journals_appended",
        "UPDATE ON journals",
        f"NOT ({SEALS}) OR {_changed('IS NOT')}",
        APPENDED,
    )
    refuse("journals_sum", "UPDATE ON journals", f"{SEALS} AND ({UNEQUAL})", SUMS)
    refuse("journals_exact", "UPDATE ON journals", f"{SEALS} AND {INEXACT}", EXACT)
    refuse("journals_stay", "DELETE ON journals", "", APPENDED)
    refuse("entries_late", "INSERT ON entries", SEALED, LATE)
    refuse("entries_appended", "UPDATE ON entries", "", APPENDED)
    refuse("entries_stay", "DELETE ON entries", "", APPENDED)


def _postgresql() -> None:
    def raises(words: str) -> str:
        return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'check_violation';"

    op.execute(
        f"""CREATE FUNCTION anhuan_guard_journal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'INSERT' THEN
            IF NEW.sealed_at IS NOT NULL THEN {raises(BORN)} END IF;
            RETURN NEW;
          END IF;
          IF NOT ({SEALS}) OR {_changed("IS DISTINCT FROM")} THEN {raises(APPENDED)} END IF;
          IF {UNEQUAL} THEN {raises(SUMS)} END IF;
          IF {INEXACT} THEN {raises(EXACT)} END IF;
          RETURN NEW;
        END $$"""
    )
    op.execute(
        "CREATE TRIGGER journals_guard BEFORE INSERT OR UPDATE ON journals "
        "FOR EACH ROW EXECUTE FUNCTION anhuan_guard_journal()"
    )
    op.execute(
        f"""CREATE FUNCTION anhuan_guard_journal_end() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM journals WHERE id = NEW.id AND sealed_at IS NULL) THEN
            {raises(OPEN)}
          END IF;
          RETURN NULL;
        END $$"""
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER journals_sealed AFTER INSERT ON journals "
        "DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION anhuan_guard_journal_end()"
    )
    op.execute(
        f"""CREATE FUNCTION anhuan_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {SEALED} THEN {raises(LATE)} END IF;
          RETURN NEW;
        END $$"""
    )
    op.execute(
        "CREATE TRIGGER entries_guard BEFORE INSERT ON entries "
        "FOR EACH ROW EXECUTE FUNCTION anhuan_guard_entry()"
    )
    for table, events in (
        ("journals", "DELETE OR TRUNCATE"),
        ("entries", "UPDATE OR DELETE OR TRUNCATE"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE {events} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION anhuan_refuse('{APPENDED}')"
        )
