"""Whether the file of an agreement bears the time stamp of an authority.

Why:    a seal dates itself by our clock; an authority's time stamp proves that it is no younger.
        Where the authority does not answer at the signature, the file waits for it.
Locks:  a short one on agreements: two columns are added, and an index over nothing. The release
        before keeps working beside it: what it signs needs no stamp.
Down:   what waits for a stamp gets none any more; stamps stay in the files.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030_time_stamps"
down_revision = "0029_evidence"

DUE = sa.text("stamp = 'due'")


def upgrade() -> None:
    op.add_column("agreements", sa.Column("stamp", sa.String(length=40), nullable=True))
    op.add_column("agreements", sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_agreements_stamp_due",
        "agreements",
        ["id"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )


def downgrade() -> None:
    op.drop_index("ix_agreements_stamp_due", table_name="agreements")
    op.drop_column("agreements", "stamped_at")
    op.drop_column("agreements", "stamp")
