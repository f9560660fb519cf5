"""Versions of the policy are made at the desk, and activated by another person from a day on.

Why:    a new version of the policy came by a migration only (ADR 0049).
Locks:  none on data; a column is added to policy_versions, triggers are created on it. Code from
        before goes by the mark on the version in force, which the job moves.
Down:   drafts are lost. A version that waits for its day waits for ever; the one marked stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028_policy_drafts"
down_revision = "0027_due_dates"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
OPEN = sa.text("is_open")
WORDS = "a version of the policy stays"
# Which one is in force moves on; nothing else of a version does.
FIXED = ("id", "version", "made_by", "made_at", "activated_by", "activated_at", "from_on")


def upgrade() -> None:
    op.add_column("policy_versions", sa.Column("from_on", sa.Date(), nullable=True))
    op.create_table(
        "policy_drafts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("base_version", sa.String(length=40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_person", sa.String(length=64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("activated_person", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "activated_person IS NULL OR activated_person <> made_person",
            name=op.f("ck_policy_drafts_maker_is_not_checker"),
        ),
        sa.CheckConstraint(
            "(state = 'activated') = (activated_person IS NOT NULL)",
            name=op.f("ck_policy_drafts_activated_by_someone"),
        ),
        sa.CheckConstraint(
            "is_open = (state IN ('open', 'handed'))",
            name=op.f("ck_policy_drafts_open_follows_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_drafts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_policy_drafts_public_id")),
        sa.UniqueConstraint("version", name=op.f("uq_policy_drafts_version")),
    )
    op.create_index(
        "uq_policy_drafts_open",
        "policy_drafts",
        ["is_open"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    (_sqlite if op.get_bind().dialect.name == "sqlite" else _postgresql)()


def _changed(operator: str) -> str:
    names = [f"NEW.{name} {operator} OLD.{name}" for name in FIXED]
    # JSON knows no equality on PostgreSQL.
    return " OR ".join(
        [*names, f'CAST(NEW."values" AS TEXT) {operator} CAST(OLD."values" AS TEXT)']
    )


def _sqlite() -> None:
    for event, when in (("UPDATE", f"WHEN {_changed('IS NOT')} "), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER policy_versions_no_{event.lower()} BEFORE {event} ON policy_versions "
            f"FOR EACH ROW {when}BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def _postgresql() -> None:
    refuse = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
    op.execute(
        "CREATE TRIGGER policy_versions_no_update BEFORE UPDATE ON policy_versions "
        f"FOR EACH ROW WHEN ({_changed('IS DISTINCT FROM')}) {refuse}"
    )
    op.execute(
        "CREATE TRIGGER policy_versions_no_delete BEFORE DELETE OR TRUNCATE ON policy_versions "
        f"FOR EACH STATEMENT {refuse}"
    )


def downgrade() -> None:
    place = "" if op.get_bind().dialect.name == "sqlite" else " ON policy_versions"
    for event in ("update", "delete"):
        op.execute(f"DROP TRIGGER policy_versions_no_{event}{place}")
    op.drop_table("policy_drafts")
    op.drop_column("policy_versions", "from_on")
