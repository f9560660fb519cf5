"""Which years of the working calendar are known, and which notice sets a day.

Why:    a year whose notice is not out yet was told from no other; the desk warns and pages say so.
        Fixed holidays of the years to come are rows too, so that none counts as a working day.
Locks:  calendar_days for an instant; it has a few hundred rows. Code from before reads on.
Down:   the table and the column go, with the fixed holidays of years that nobody loaded.
"""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0015_calendar_years"
down_revision = "0014_cases"

LOADED_AT = datetime(2026, 11, 1, tzinfo=UTC)
KNOWN = (2025, 2026)
AHEAD = range(2028, 2051)
FIXED = (
    (1, 1, "元旦"),
    (5, 1, "劳动节"),
    (5, 2, "劳动节"),
    (10, 1, "国庆节"),
    (10, 2, "国庆节"),
    (10, 3, "国庆节"),
)
calendar_days = sa.table(
    "calendar_days",
    sa.column("day_on", sa.Date),
    sa.column("is_working", sa.Boolean),
    sa.column("name"),
    sa.column("notice_year"),
)


def upgrade() -> None:
    years = op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("loaded_by", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_years")),
    )
    op.bulk_insert(
        years,
        [{"year": year, "loaded_by": "release", "loaded_at": LOADED_AT} for year in KNOWN],
    )
    op.add_column(
        "calendar_days", sa.Column("notice_year", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute(
        sa.update(calendar_days).values(
            notice_year=sa.cast(sa.extract("year", calendar_days.c.day_on), sa.Integer)
        )
    )
    with op.batch_alter_table("calendar_days") as table:
        table.alter_column("notice_year", server_default=None)
    stored = set(op.get_bind().scalars(sa.select(calendar_days.c.day_on)))
    op.bulk_insert(
        calendar_days,
        [
            {"day_on": on, "is_working": False, "name": name, "notice_year": on.year}
            for year in AHEAD
            for month, day, name in FIXED
            if (on := date(year, month, day)) not in stored
        ],
    )


def downgrade() -> None:
    years = sa.table("calendar_years", sa.column("year"))
    op.execute(
        sa.delete(calendar_days).where(
            calendar_days.c.notice_year >= AHEAD[0],
            calendar_days.c.notice_year.not_in(sa.select(years.c.year)),
        )
    )
    with op.batch_alter_table("calendar_days") as table:
        table.drop_column("notice_year")
    op.drop_table("calendar_years")
