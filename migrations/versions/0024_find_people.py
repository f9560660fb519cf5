"""Indexes for what the desk searches by.

Why:    a name, the last four of a number, and the start or end of a loan's reference were each
        looked for in every row. On PostgreSQL references are sorted by character, whatever the
        language of the database, so that those that begin alike stand together.
Locks:  borrowers and loans take no writes while their indexes are built; on PostgreSQL loans takes
        no reads either while the index on ref is built again. The release before keeps working; a
        loan it stores meanwhile is not found by the end of its reference.
Down:   the indexes and the column go; references are sorted as the database sorts text.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024_find_people"
down_revision = "0023_attested_rows"

HASHES = ("name_hmac", "mobile_last4_hmac", "id_last4_hmac")


def upgrade() -> None:
    for column in HASHES:
        op.create_index(op.f(f"ix_borrowers_{column}"), "borrowers", [column])
    op.add_column(
        "loans", sa.Column("ref_end", sa.String(length=6), nullable=False, server_default="")
    )
    # Counted from one; a short reference is its own end.
    op.execute(
        "UPDATE loans SET ref_end = CASE WHEN length(ref) < 6 THEN ref"
        " ELSE substr(ref, length(ref) - 5) END"
    )
    op.create_index(op.f("ix_loans_ref_end"), "loans", ["ref_end"])
    _sort_references(sa.String(length=40, collation="C"))


def downgrade() -> None:
    _sort_references(sa.String(length=40))
    op.drop_index(op.f("ix_loans_ref_end"), table_name="loans")
    op.drop_column("loans", "ref_end")
    for column in HASHES:
        op.drop_index(op.f(f"ix_borrowers_{column}"), table_name="borrowers")


def _sort_references(kind: sa.String) -> None:
    # SQLite sorts by character already.
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("loans", "ref", type_=kind, existing_nullable=False)
