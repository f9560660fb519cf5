"""The days on which the payments of an agreement fall due, as its paper prints them.

Why:    finance asks for the agreements with an instalment in a month. Parts keep the dates of the
        terms: months moved at approval and the day of the signature are not in them, and no query
        can add them. Numbers of agreements and contracts are looked up by their start, so on
        PostgreSQL they are sorted by character, whatever the language of the database.
Locks:  on PostgreSQL agreements and loans take neither reads nor writes while an index of theirs is
        built again; loans takes no writes while the index on contract_no is built. Stop the release
        before: what it signs meanwhile would have no days here, and check-invariants names it.
Down:   the days are lost, and computed again on the way up.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027_due_dates"
down_revision = "0026_callback_attempts"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BATCH = 500
BEIJING = timezone(timedelta(hours=8))
LAST_DAY = 31
AGREEMENTS = sa.table(
    "agreements",
    sa.column("id", BIG_ID),
    sa.column("version_id", BIG_ID),
    sa.column("signed_at", sa.DateTime(timezone=True)),
)
VERSIONS = sa.table(
    "plan_versions",
    sa.column("id", BIG_ID),
    sa.column("moved_months", sa.Integer()),
    sa.column("terms", sa.JSON()),
)


def upgrade() -> None:
    table = op.create_table(
        "due_dates",
        sa.Column("agreement_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_due_dates_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "number", name=op.f("pk_due_dates")),
    )
    for rows in _agreements():
        dates = [
            {"agreement_id": row.id, "number": number, "due_on": due_on}
            for row in rows
            for number, due_on in _due_dates(row.terms, row.moved_months, row.signed_at)
        ]
        if dates:
            op.bulk_insert(table, dates)
    op.create_index("ix_due_dates_due_on_agreement_id", "due_dates", ["due_on", "agreement_id"])
    op.create_index(op.f("ix_loans_contract_no"), "loans", ["contract_no"])
    _sort_numbers("C")


def downgrade() -> None:
    _sort_numbers(None)
    op.drop_index(op.f("ix_loans_contract_no"), table_name="loans")
    op.drop_table("due_dates")


def _sort_numbers(collation: str | None) -> None:
    # SQLite sorts by character already.
    if op.get_bind().dialect.name == "postgresql":
        for table, column, length in (("agreements", "number", 24), ("loans", "contract_no", 40)):
            kind = sa.String(length=length, collation=collation)
            op.alter_column(table, column, type_=kind, existing_nullable=False)


def _agreements() -> Iterator[Any]:
    query = (
        sa.select(
            AGREEMENTS.c.id, AGREEMENTS.c.signed_at, VERSIONS.c.moved_months, VERSIONS.c.terms
        )
        .join_from(AGREEMENTS, VERSIONS, VERSIONS.c.id == AGREEMENTS.c.version_id)
        .order_by(AGREEMENTS.c.id)
        .limit(BATCH)
    )
    last = 0
    while rows := op.get_bind().execute(query.where(AGREEMENTS.c.id > last)).all():
        yield rows
        last = rows[-1].id


def _due_dates(
    terms: dict[str, Any], moved_months: int, signed_at: datetime
) -> Iterator[tuple[int, date]]:
    """As papers were made when this was written (ADR 0004, 0008)."""
    pay_day = LAST_DAY if terms.get("pay_day") == "last" else terms.get("pay_day")
    day = None if terms.get("kind") == "settlement" else pay_day
    instalments = [
        (row["number"], _moved(date.fromisoformat(row["due_on"]), moved_months, day))
        for row in terms.get("instalments", ())
    ]
    first = terms.get("first_payment")
    if first and instalments:
        at = signed_at if signed_at.tzinfo else signed_at.replace(tzinfo=UTC)
        signed_on = at.astimezone(BEIJING).date()
        days = date.fromisoformat(first["due_on"]) - date.fromisoformat(terms["start_on"])
        before = instalments[0][1] - timedelta(days=1)
        yield 0, max(signed_on, min(signed_on + days, before))
    yield from instalments


def _moved(due_on: date, months: int, day: int | None) -> date:
    if not months:
        return due_on
    year, month = divmod(due_on.year * 12 + due_on.month - 1 + months, 12)
    return date(year, month + 1, min(day or due_on.day, monthrange(year, month + 1)[1]))
