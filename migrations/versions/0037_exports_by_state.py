"""Exports are found by their state: what waits to be made is asked for with every look.

Why:    the table keeps each export there ever was, and only a few of them wait.
Locks:  none worth a word: one index on a small table.
Down:   as before; the same is found by reading all of them.
"""

from alembic import op

revision = "0037_exports_by_state"
down_revision = "0036_the_day_of_the_book"

INDEX = "ix_exports_state_at"


def upgrade() -> None:
    op.create_index(INDEX, "exports", ["state", "at"])


def downgrade() -> None:
    op.drop_index(INDEX, table_name="exports")
