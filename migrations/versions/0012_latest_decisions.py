"""People's latest answers are found by when they were given.

Why:    the desk's figures read the answers of the last days at every visit, whatever the number
        before them.
Locks:  writes of decisions wait while the index is built, seconds for a million rows.
Down:   the index goes, no data.
"""

from alembic import op

revision = "0012_latest_decisions"
down_revision = "0011_from_proposal_to_agreement"


def upgrade() -> None:
    op.create_index("ix_decisions_at", "decisions", ["at"])


def downgrade() -> None:
    op.drop_index("ix_decisions_at", table_name="decisions")
