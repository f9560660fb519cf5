"""What borrowers show of their hardship, who read it, and what they were asked for.

Why:    who cannot pay what the contract says may show why, and staff may ask for one thing more.
        Pages are files, sealed; here stands what they are of, who read them and what was found.
Locks:  none but on the new tables. The release before keeps working beside it: a plan that waits
        for a paper it shows as waiting, and lets nobody answer.
Down:   papers are forgotten, and plans that wait for one wait for us again, on the clock that
        stood still.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029_evidence"
down_revision = "0028_policy_drafts"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
WORDS = "a view of a paper stays on record"


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("plan_id", BIG_ID, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("consent_id", BIG_ID, nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", BIG_ID, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("judged_by", BIG_ID, nullable=True),
        sa.Column("judged_at", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("deleted_why", sa.String(length=40), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.CheckConstraint("pages > 0 AND bytes > 0", name=op.f("ck_evidence_not_empty")),
        sa.CheckConstraint(
            "(verdict IS NULL) = (judged_at IS NULL)", name=op.f("ck_evidence_judged_since")
        ),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (deleted_why IS NULL)",
            name=op.f("ck_evidence_deleted_why_told"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_evidence_plan_id")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name=op.f("fk_evidence_consent_id")
        ),
        sa.ForeignKeyConstraint(["judged_by"], ["staff.id"], name=op.f("fk_evidence_judged_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("public_id", name=op.f("uq_evidence_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_evidence_request_key")),
    )
    op.create_index(op.f("ix_evidence_plan_id"), "evidence", ["plan_id"])
    op.create_index(op.f("ix_evidence_received_at"), "evidence", ["received_at"])
    op.create_table(
        "evidence_views",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("evidence_id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_views_evidence_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_evidence_views_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_evidence_views_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_views")),
    )
    op.create_index(op.f("ix_evidence_views_evidence_id"), "evidence_views", ["evidence_id"])
    _requests()
    _guard()


def _requests() -> None:
    op.create_table(
        "evidence_requests",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("plan_id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("words_enc", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_why", sa.String(length=40), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)",
            name=op.f("ck_evidence_requests_ended_why_told"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_evidence_requests_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name=op.f("fk_evidence_requests_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_evidence_requests_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_requests")),
        sa.UniqueConstraint("public_id", name=op.f("uq_evidence_requests_public_id")),
        sa.UniqueConstraint("plan_id", "topic", name=op.f("uq_evidence_requests_plan_id_topic")),
        sa.UniqueConstraint("request_key", name=op.f("uq_evidence_requests_request_key")),
    )
    op.create_index(
        "ix_evidence_requests_version_ended", "evidence_requests", ["version_id", "ended_at"]
    )


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER evidence_views_no_{event.lower()} BEFORE {event} "
                f"ON evidence_views FOR EACH ROW BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER evidence_views_no_change BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON evidence_views FOR EACH STATEMENT "
            f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        )


def downgrade() -> None:
    op.execute("UPDATE cases SET waits_for = 'us' WHERE waits_for = 'documents'")
    op.execute("UPDATE plans SET state = 'submitted' WHERE state = 'needs_document'")
    op.execute("UPDATE plan_versions SET state = 'submitted' WHERE state = 'needs_document'")
    op.drop_table("evidence_requests")
    # Its triggers go with the table.
    op.drop_table("evidence_views")
    op.drop_table("evidence")
