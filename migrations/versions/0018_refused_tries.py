"""What is refused to nobody in particular is counted by the hour, not chained.

Why:    anyone could make the audit trail grow for ever with codes that were wrong; the hour's sum
        is one entry now, written by housekeeping.
Locks:  none, the table is new. Code from before does not know it and goes on.
Down:   the counts of the hours that have no entry yet go with the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_refused_tries"
down_revision = "0017_sealed_remarks"


def upgrade() -> None:
    op.create_table(
        "refused_tries",
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "hour_at", name=op.f("pk_refused_tries")),
    )


def downgrade() -> None:
    op.drop_table("refused_tries")
