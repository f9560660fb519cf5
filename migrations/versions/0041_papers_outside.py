"""Signed PDFs lie behind the storage port; their rows name them.

Why:    152 KB a plan made 45 GB of database at 300,000 of them, in every backup and every copy.
Locks:  agreement_files for a moment: columns without a default, then checks and indexes over rows
        of some hundred bytes each, for the PDFs lie beside them; a second or so at 300,000. What
        is there stays readable; the job `papers` moves it, twenty at a time. The release before
        still signs and reads beside it, except what was signed or moved since: stop it with the
        step.
Down:   refused while a PDF lies in the storage only: `papers-back` takes them in first, while no
        one signs. The names of the files go; the files stay, and may be deleted by hand.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0041_papers_outside"
down_revision = "0040_answers_of_a_person"

TABLE = "agreement_files"
IN_TABLE = sa.text("pdf IS NOT NULL")
OUTSIDE = "SELECT count(*) FROM agreement_files WHERE pdf IS NULL"
STAYS = (
    "{} signed PDFs lie in the file store only and would be lost: stop the web and job processes,"
    " run `flask --app wsgi papers-back` with the newer release, then step down"
)


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("pdf", existing_type=sa.LargeBinary(), nullable=True)
        table.add_column(sa.Column("folder", sa.String(96)))
        table.add_column(sa.Column("size", sa.Integer()))
        table.add_column(sa.Column("unstamped_folder", sa.String(96)))
        for name in ("folder", "unstamped_folder"):
            table.create_unique_constraint(f"uq_agreement_files_{name}", [name])
        table.create_check_constraint(
            "ck_agreement_files_somewhere", "pdf IS NOT NULL OR folder IS NOT NULL"
        )
        table.create_check_constraint(
            "ck_agreement_files_size_told", "(folder IS NULL) = (size IS NULL)"
        )
    op.create_index(
        "ix_agreement_files_in_table",
        TABLE,
        ["agreement_id"],
        sqlite_where=IN_TABLE,
        postgresql_where=IN_TABLE,
    )


def downgrade() -> None:
    outside = op.get_bind().scalar(sa.text(OUTSIDE))
    if outside:
        raise CommandError(STAYS.format(outside))
    op.drop_index("ix_agreement_files_in_table", TABLE)
    with op.batch_alter_table(TABLE) as table:
        for name in ("ck_agreement_files_somewhere", "ck_agreement_files_size_told"):
            table.drop_constraint(name, type_="check")
        for name in ("folder", "unstamped_folder"):
            table.drop_constraint(f"uq_agreement_files_{name}", type_="unique")
        for name in ("unstamped_folder", "size", "folder"):
            table.drop_column(name)
        table.alter_column("pdf", existing_type=sa.LargeBinary(), nullable=False)
