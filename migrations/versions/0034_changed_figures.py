"""Since when the figures of a loan are not those that its approved plan stands on.

Why:    a nightly file that changes what is owed under an approved, unsigned plan is noticed once,
        told to its borrower, and stands on a list of its own at the desk.
Locks:  cases for one column without a default: short. The release before keeps working beside it.
Down:   what was noticed is forgotten; signing looks at the figures themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034_changed_figures"
down_revision = "0033_background_work"


def upgrade() -> None:
    op.add_column("cases", sa.Column("figures_changed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("cases", "figures_changed_at")
