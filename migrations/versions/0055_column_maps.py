"""How a lender's own files are read: column maps, drafted from a sample, activated by another.

Why:    no lender's ledger has the headings of the built-in file; a converter of its own for each is
        code that nobody checks.
Locks:  a new table only.
Down:   refused while there is one: what a nightly file was read by could be told no more.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0055_column_maps"
down_revision = "0054_lender_files"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
ACTIVE = sa.text("state = 'active'")
STAYS = "{} column maps are kept and would be lost"


def upgrade() -> None:
    op.create_table(
        "column_maps",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_person", sa.String(64), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("activated_by", sa.String(64), nullable=True),
        sa.Column("activated_person", sa.String(64), nullable=True),
        sa.Column("activated_at", AT, nullable=True),
        sa.Column("sample_name", sa.String(200), nullable=False),
        sa.Column("sample_enc", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_column_maps"),
        sa.UniqueConstraint("public_id", name="uq_column_maps_public_id"),
        sa.UniqueConstraint("name", "number", name="uq_column_maps_name_number"),
        sa.CheckConstraint(
            "activated_person IS NULL OR activated_person <> made_person",
            name="ck_column_maps_maker_is_not_checker",
        ),
    )
    op.create_index(
        "uq_column_maps_active",
        "column_maps",
        ["name"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )


def downgrade() -> None:
    stored = op.get_bind().scalar(sa.text("SELECT count(*) FROM column_maps"))
    if stored:
        raise CommandError(STAYS.format(stored))
    op.drop_table("column_maps")
