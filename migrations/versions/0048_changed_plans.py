"""A plan names the signed plan that it takes the place of.

Why:    a running plan is changed only by another one, signed again; the earlier agreement stays.
Locks:  plans, shortly: a column without a value, and an index over no row.
Down:   refused while a plan names one: which agreement replaced which would be lost.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0048_changed_plans"
down_revision = "0047_breaks"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEX = "uq_plans_replaces_id"
CHANGING = sa.text("state NOT IN ('refused', 'upheld', 'withdrawn', 'expired', 'recalled')")
STAYS = "{} plans take the place of signed ones, and which would be lost"


def upgrade() -> None:
    op.add_column("plans", sa.Column("replaces_id", ID))
    op.create_index(
        INDEX,
        "plans",
        ["replaces_id"],
        unique=True,
        sqlite_where=CHANGING,
        postgresql_where=CHANGING,
    )


def downgrade() -> None:
    named = op.get_bind().scalar(
        sa.text("SELECT count(*) FROM plans WHERE replaces_id IS NOT NULL")
    )
    if named:
        raise CommandError(STAYS.format(named))
    op.drop_index(INDEX, "plans")
    op.drop_column("plans", "replaces_id")
