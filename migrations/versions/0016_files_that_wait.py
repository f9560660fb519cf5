"""A file that waits keeps its own figures and rows, and what people decided about it.

Why:    the desk shows what a waiting file says and confirms or declines it there; so far only its
        counts were kept, and the figures shown beside them were those of another file.
Locks:  nightly_files for an instant, for a column that has a default; the tables are new.
Down:   the column and the tables go; files that wait are imported again from where they came, one
        that was confirmed or declined waits again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_files_that_wait"
down_revision = "0015_calendar_years"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "nightly_files",
        sa.Column("findings", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
    )
    op.create_table(
        "nightly_file_parts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lines_enc", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_nightly_file_parts_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nightly_file_parts")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_nightly_file_parts_file_id_number")),
    )
    op.create_table(
        "nightly_file_acts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_id", BIG_ID, nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["nightly_files.id"], name=op.f("fk_nightly_file_acts_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nightly_file_acts")),
    )
    op.create_index(op.f("ix_nightly_file_acts_file_id"), "nightly_file_acts", ["file_id"])


def downgrade() -> None:
    op.drop_table("nightly_file_acts")
    op.drop_table("nightly_file_parts")
    op.execute(
        "UPDATE nightly_files SET state = 'waiting' WHERE state IN ('confirmed', 'declined')"
    )
    op.drop_column("nightly_files", "findings")
