"""Counter-offers: versions that staff make, who stands behind them, and the words with them.

Why:    staff put other terms before a borrower. Beyond the author's authority others release them
        first, and beyond an agent's a borrower's own terms are approved by two; nobody is two of
        them. At most one version of a plan is open, and one counter-offer of it waits.
Locks:  plan_versions for the new columns and its two small indexes: short. The release before
        keeps working beside it, and knows no counter-offers.
Down:   who released and the words are forgotten; counter-offers that no borrower has seen count as
        lapsed, those that one has stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032_counters"
down_revision = "0031_not_before"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
OPEN = "state IN ('submitted', 'needs_document', 'countered', 'approved', 'under_appeal')"
DRAFT = "state = 'draft'"
# Who stands behind a version is on record before it lies with its borrower.
TOO_FEW = (
    "NEW.state IN ('countered', 'approved') AND OLD.state <> NEW.state AND "
    "(SELECT COUNT(*) FROM version_releases WHERE version_id = NEW.id) < NEW.releases_needed"
)
NOT_ENOUGH = "not released by as many as it needs"
# The author in the row is the version's, so that the CHECK beside it means what it says.
NOT_ITS_AUTHOR = (
    "NEW.author_person <> (SELECT author_person FROM plan_versions WHERE id = NEW.version_id)"
)
WRONG_AUTHOR = "another author than that of the version"
KEPT = "a release stays on record"


def upgrade() -> None:
    op.add_column(
        "plan_versions",
        sa.Column("releases_needed", sa.Integer(), nullable=False, server_default="0"),
    )
    for name, condition in (("open", OPEN), ("draft", DRAFT)):
        op.create_index(
            f"uq_plan_versions_{name}_plan",
            "plan_versions",
            ["plan_id"],
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    _releases()
    _words()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _releases() -> None:
    op.create_table(
        "version_releases",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("author_person", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "person_id <> author_person", name=op.f("ck_version_releases_nobody_their_own")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_version_releases_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_version_releases_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_releases")),
        sa.UniqueConstraint(
            "version_id", "person_id", name=op.f("uq_version_releases_version_id_person_id")
        ),
    )


def _words() -> None:
    op.create_table(
        "version_words",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("words_enc", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_version_words_version_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_version_words_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_words")),
        sa.UniqueConstraint("public_id", name=op.f("uq_version_words_public_id")),
        sa.UniqueConstraint("version_id", "kind", name=op.f("uq_version_words_version_id_kind")),
    )


def _guard_sqlite() -> None:
    def refuse(name: str, event: str, table: str, condition: str, words: str) -> None:
        when = f"WHEN {condition} " if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}"
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    refuse("plan_versions_released", "UPDATE", "plan_versions", TOO_FEW, NOT_ENOUGH)
    refuse("version_releases_author", "INSERT", "version_releases", NOT_ITS_AUTHOR, WRONG_AUTHOR)
    for event in ("UPDATE", "DELETE"):
        refuse(f"version_releases_no_{event.lower()}", event, "version_releases", "", KEPT)


def _guard_postgresql() -> None:
    for name, table, event, condition, words in (
        ("plan_versions_released", "plan_versions", "UPDATE", TOO_FEW, NOT_ENOUGH),
        ("version_releases_author", "version_releases", "INSERT", NOT_ITS_AUTHOR, WRONG_AUTHOR),
    ):
        op.execute(
            f"CREATE FUNCTION anhuan_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {condition} THEN RAISE EXCEPTION '{words}' "
            "USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION anhuan_{name}()"
        )
    op.execute(
        "CREATE TRIGGER version_releases_no_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        f"ON version_releases FOR EACH STATEMENT EXECUTE FUNCTION anhuan_refuse('{KEPT}')"
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    table = "" if is_sqlite else " ON plan_versions"
    op.execute(f"DROP TRIGGER plan_versions_released{table}")
    # The triggers of a table go with it.
    op.drop_table("version_words")
    op.drop_table("version_releases")
    if not is_sqlite:
        for name in ("plan_versions_released", "version_releases_author"):
            op.execute(f"DROP FUNCTION anhuan_{name}()")
    for name in ("open", "draft"):
        op.drop_index(f"uq_plan_versions_{name}_plan", table_name="plan_versions")
    _drop_column()


def _drop_column() -> None:
    op.execute(
        "UPDATE plan_versions SET state = 'lapsed' WHERE submitted_at IS NULL "
        "AND state IN ('draft', 'recalled', 'superseded')"
    )
    op.drop_column("plan_versions", "releases_needed")
