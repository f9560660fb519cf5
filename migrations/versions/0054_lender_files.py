"""The files that tell the lender's core system what a day brought, as they were made.

Why:    the same day asked for twice has to be the same bytes, and some of what they tell is kept
        nowhere else as it was that night; what a day brought is found by indexes on when.
Locks:  a new table; indexes on contacts, payments, certificates, notices and date_changes, whose
        writers wait while each is built.
Down:   refused while files of a day are on record: other bytes would be handed out for it.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0054_lender_files"
down_revision = "0053_api_keys"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
STAYS = "files of {} days are on record and would be lost"
WORDS = "files of a day stay as they were made"
FIXED = "public_id, for_on, encoding, folder, files, made_at, made_by"
INDEXES = {
    "ix_contacts_at": ("contacts", "at"),
    "ix_payments_posted_at": ("payments", "posted_at"),
    "ix_certificates_issued_at": ("certificates", "issued_at"),
    "ix_certificates_withdrawn_at": ("certificates", "withdrawn_at"),
    "ix_notices_at": ("notices", "at"),
    "ix_notices_taken_back_at": ("notices", "taken_back_at"),
    "ix_date_changes_at": ("date_changes", "at"),
}


def upgrade() -> None:
    op.create_table(
        "lender_file_sets",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("for_on", sa.Date(), nullable=False),
        sa.Column("encoding", sa.String(40), nullable=False),
        sa.Column("folder", sa.String(96), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("lapsed_at", AT),
        sa.PrimaryKeyConstraint("id", name="pk_lender_file_sets"),
        sa.UniqueConstraint("public_id", name="uq_lender_file_sets_public_id"),
        sa.UniqueConstraint("for_on", name="uq_lender_file_sets_for_on"),
        sa.UniqueConstraint("folder", name="uq_lender_file_sets_folder"),
    )
    _guard("lender_file_sets_fixed", f"BEFORE UPDATE OF {FIXED} ON lender_file_sets")
    _guard("lender_file_sets_stay", "BEFORE DELETE ON lender_file_sets")
    for name, (table, column) in INDEXES.items():
        op.create_index(name, table, [column])


def downgrade() -> None:
    stored = op.get_bind().scalar(sa.text("SELECT count(*) FROM lender_file_sets"))
    if stored:
        raise CommandError(STAYS.format(stored))
    for name, (table, _column) in INDEXES.items():
        op.drop_index(name, table)
    # Triggers go with their table.
    op.drop_table("lender_file_sets")


def _guard(name: str, event: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {body}")
