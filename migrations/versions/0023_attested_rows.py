"""Entries attest rows by their hashes; decisions, holds, roles and exports stay as they were given.

Why:    who can write to the tables could change the words of a decision, the end of a hold, a role
        or a record of an export, and nothing told of it (ADR 0044).
Locks:  none on data; a column is added to audit, triggers are created. Code from before writes on,
        its entries attest nothing.
Down:   the triggers and the column go; the chain of entries that attested rows no longer verifies.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023_attested_rows"
down_revision = "0022_case_notes"

WORDS = "what was given stays"
# What may not change of a row once it is there; all else of it goes on (how far an export is, when
# a hold ends).
FIXED = {
    "decisions": (
        "id",
        "version_id",
        "round",
        "answer",
        "reason_code",
        "words",
        "staff_id",
        "person_id",
        "author_person",
        "at",
    ),
    "holds": ("id", "borrower_id", "loan_id", "cause", "from_at"),
    "staff_roles": ("id", "staff_id", "role", "from_at"),
    "exports": ("id", "public_id", "staff_id", "purpose", "at", "actor", "format"),
}
# JSON knows no equality on PostgreSQL.
TEXTS = {"exports": ("filter",)}
# A role that was taken away does not come back: it is given anew.
ENDED = {"staff_roles": "OLD.until_at IS NOT NULL"}


def _changed(table: str, operator: str) -> str:
    names = [f"NEW.{name} {operator} OLD.{name}" for name in FIXED[table]]
    names += [
        f"CAST(NEW.{name} AS TEXT) {operator} CAST(OLD.{name} AS TEXT)"
        for name in TEXTS.get(table, ())
    ]
    return " OR ".join([*names, *filter(None, [ENDED.get(table)])])


def upgrade() -> None:
    op.add_column("audit", sa.Column("rows", sa.JSON(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in FIXED:
        (_sqlite if is_sqlite else _postgresql)(table)


def _sqlite(table: str) -> None:
    for event, when in (("UPDATE", f"WHEN {_changed(table, 'IS NOT')} "), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW "
            f"{when}BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def _postgresql(table: str) -> None:
    refuse = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"FOR EACH ROW WHEN ({_changed(table, 'IS DISTINCT FROM')}) {refuse}"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT {refuse}"
    )


def downgrade() -> None:
    place = "" if op.get_bind().dialect.name == "sqlite" else "ON {table}"
    for table in FIXED:
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{event} {place.format(table=table)}")
    op.drop_column("audit", "rows")
