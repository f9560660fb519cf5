"""The sealed PDF of a certificate is made when it is first asked for, and kept.

Why:    a certificate exists with the last money, also at night; its file needs typesetter, seal and
        time stamp, which no transaction that posts money may wait for.
Locks:  a new table only.
Down:   refused while one is named: another PDF would be handed out under the same number.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0045_certificate_files"
down_revision = "0044_ledger"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
STAYS = "{} PDFs of certificates are kept and would be lost"
WORDS = "the file of a certificate stays as it was sealed"


def upgrade() -> None:
    op.create_table(
        "certificate_files",
        sa.Column("certificate_id", ID, nullable=False, autoincrement=False),
        sa.Column("folder", sa.String(96), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_at", AT, nullable=False),
        sa.Column("stamped_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", name="pk_certificate_files"),
        sa.UniqueConstraint("folder", name="uq_certificate_files_folder"),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificates.id"], name="fk_certificate_files_certificate_id"
        ),
    )
    for name, event in (("fixed", "BEFORE UPDATE ON"), ("stays", "BEFORE DELETE ON")):
        _guard(f"certificate_files_{name}", f"{event} certificate_files")


def downgrade() -> None:
    stored = op.get_bind().scalar(sa.text("SELECT count(*) FROM certificate_files"))
    if stored:
        raise CommandError(STAYS.format(stored))
    # Triggers go with their table.
    op.drop_table("certificate_files")


def _guard(name: str, event: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {body}")
