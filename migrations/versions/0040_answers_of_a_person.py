"""The answers of one person on one day are found by an index.

Why:    the queue tells everybody how much they did today, and looked among the last 2,000 answers
        only: whoever was followed by more of others was told too little.
Locks:  decisions against writing while the index is made: a second at some hundred thousand rows.
        The release before keeps working beside it.
Down:   the index goes; counting takes longer.
"""

from alembic import op

revision = "0040_answers_of_a_person"
down_revision = "0039_failed_work"


def upgrade() -> None:
    op.create_index("ix_decisions_staff_at", "decisions", ["staff_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_decisions_staff_at", table_name="decisions")
