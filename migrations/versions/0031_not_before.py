"""The day before which no part of an approved plan falls due.

Why:    kinds that keep to days of their own do not move by whole months: a part that would be too
        near falls due on the first day that is not.
Locks:  a column without a default: none for long. The release before leaves it empty, as for every
        plan that it can make.
Down:   the day is forgotten; plans of those kinds fall back to the days of their terms.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031_not_before"
down_revision = "0030_time_stamps"


def upgrade() -> None:
    op.add_column("plan_versions", sa.Column("not_before_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("plan_versions", "not_before_on")
