"""Notes on a case, and cases that wait for a supervisor.

Why:    colleagues told each other about a case outside the product, and what was beyond someone's
        authority could only be released. A note is sealed and never edited; a case that is handed
        up says since when.
Locks:  one column without a default is added to cases, for an instant. The release before keeps
        working beside it: it knows no notes, and lets agents take what was handed up.
Down:   the notes go, and with them what cases were handed up for; the cases wait for anyone again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_case_notes"
down_revision = "0021_one_person"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
WORDS = "notes stay as they were written"


def upgrade() -> None:
    op.create_table(
        "case_notes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("staff_id", BIG_ID, nullable=False),
        sa.Column("words_enc", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_notes_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_notes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_notes_public_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_case_notes_request_key")),
    )
    op.create_index(op.f("ix_case_notes_case_id"), "case_notes", ["case_id"])
    op.add_column("cases", sa.Column("handed_up_at", INSTANT, nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER case_notes_no_{event.lower()} BEFORE {event} ON case_notes "
                f"FOR EACH ROW BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER case_notes_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON case_notes "
            f"FOR EACH STATEMENT EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        )


def downgrade() -> None:
    op.drop_column("cases", "handed_up_at")
    # Its triggers go with the table.
    op.drop_table("case_notes")
