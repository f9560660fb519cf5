"""What the road from a proposal to a signed, exported agreement needs beside the first tables.

Why:    hardship told in confidence, case owners, appeals, ends of versions, agreement texts and
        files, export progress, message threads with numbers and clocks; a policy version with the
        numbers they use.
Locks:  short ones, columns with defaults are added. Code from before refuses the new policy
        version: stop it first.
Down:   drops the columns and tables with what they hold; the policy version before is active again.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0011_from_proposal_to_agreement"
down_revision = "0010_callback_answers"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
ADDED = json.loads(
    (Path(__file__).resolve().parent.parent / "data" / "policy_2026_11_01_2.json").read_text(
        "utf-8"
    )
)
MADE_AT = datetime(2026, 11, 24, tzinfo=UTC)
INDEXES = (
    ("ix_plan_versions_state_valid", "plan_versions", ["state", "valid_until_at"], False),
    ("ix_agreements_signed_at", "agreements", ["signed_at"], False),
    ("uq_exports_request_key", "exports", ["request_key"], True),
    ("uq_threads_number", "threads", ["number"], True),
    ("ix_threads_state_answer_by", "threads", ["state", "answer_by_at", "id"], False),
    ("uq_messages_request_key", "messages", ["request_key"], True),
)
policy_versions = sa.table(
    "policy_versions",
    sa.column("version"),
    sa.column("values", sa.JSON),
    sa.column("made_by"),
    sa.column("made_at", INSTANT),
    sa.column("activated_by"),
    sa.column("activated_at", INSTANT),
    sa.column("is_active", sa.Boolean),
)


def _columns() -> dict[str, list[sa.Column]]:
    """Fresh ones at each call: a column belongs to one table."""
    return {
        "plan_versions": [
            sa.Column("ended_at", INSTANT, nullable=True),
            sa.Column("hardship_enc", sa.LargeBinary(), nullable=True),
            sa.Column("owner_staff_id", BIG_ID, nullable=True),
            sa.Column("owned_at", INSTANT, nullable=True),
            sa.Column("document_fault", sa.String(length=200), nullable=True),
        ],
        "plan_drafts": [
            sa.Column("hardship_enc", sa.LargeBinary(), nullable=True),
            sa.Column("entered_by", sa.String(length=64), nullable=True),
        ],
        "agreements": [
            sa.Column("text", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
            sa.Column("text_sha256", sa.String(length=64), nullable=False, server_default=""),
        ],
        "exports": [
            sa.Column("actor", sa.String(length=64), nullable=False, server_default="-"),
            sa.Column("format", sa.String(length=40), nullable=False, server_default="csv"),
            sa.Column("state", sa.String(length=40), nullable=False, server_default="done"),
            sa.Column("rows_done", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("total_fen", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("files", sa.JSON(), nullable=True),
            sa.Column("finished_at", INSTANT, nullable=True),
            sa.Column("request_key", sa.String(length=64), nullable=True),
        ],
        "threads": [
            sa.Column("number", sa.String(length=24), nullable=True),
            sa.Column("kind", sa.String(length=40), nullable=False, server_default="question"),
            sa.Column("version_id", BIG_ID, nullable=True),
            sa.Column("answer_by_at", INSTANT, nullable=True),
            sa.Column("answered_at", INSTANT, nullable=True),
            sa.Column("last_at", INSTANT, nullable=True),
        ],
        "messages": [
            sa.Column("words_enc", sa.LargeBinary(), nullable=True),
            sa.Column("key_version", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("request_key", sa.String(length=64), nullable=True),
        ],
    }


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    for name, table, names, unique in INDEXES:
        op.create_index(name, table, names, unique=unique)
    op.create_table(
        "agreement_files",
        sa.Column("agreement_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_files_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_agreement_files")),
    )
    op.create_table(
        "appeals",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("words_enc", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("filed_at", INSTANT, nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("refused_by", sa.String(length=64), nullable=False),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "answered_by IS NULL OR answered_by <> refused_by",
            name=op.f("ck_appeals_another_person"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_appeals_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_appeals_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_appeals_request_key")),
        sa.UniqueConstraint("version_id", name=op.f("uq_appeals_version_id")),
    )
    _renew_policy()


def _renew_policy() -> None:
    """The version in force with the numbers added, as a version of its own."""
    active = (
        op.get_bind()
        .execute(sa.select(policy_versions.c["values"]).where(policy_versions.c.is_active))
        .scalar()
    )
    if active is None:
        return
    op.execute(policy_versions.update().where(policy_versions.c.is_active).values(is_active=False))
    op.bulk_insert(
        policy_versions,
        [
            {
                "version": ADDED["version"],
                "values": dict(active) | ADDED,
                "made_by": "design",
                "made_at": MADE_AT,
                "activated_by": "release",
                "activated_at": MADE_AT,
                "is_active": True,
            }
        ],
    )


def downgrade() -> None:
    ours = policy_versions.c.version == ADDED["version"]
    was_active = op.get_bind().execute(sa.select(policy_versions.c.is_active).where(ours)).scalar()
    op.execute(policy_versions.delete().where(ours))
    if was_active:
        latest = sa.text(
            "UPDATE policy_versions SET is_active = :yes WHERE id = "
            "(SELECT id FROM policy_versions ORDER BY activated_at DESC, id DESC LIMIT 1)"
        )
        op.execute(latest.bindparams(yes=True))
    op.drop_table("appeals")
    op.drop_table("agreement_files")
    for name, table, _names, _unique in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)
