"""What failed for good in the background work is found by an index.

Why:    every page of the desk tells an administrator how much failed, and counted it among all that
        was ever done within the weeks that are kept.
Locks:  procrastinate_jobs against writing while the index is made: a second or so at a million
        rows, of which those that failed are a handful. The release before keeps working beside it.
Down:   the index goes; counting takes longer.
"""

from alembic import op

revision = "0039_failed_work"
down_revision = "0038_receipts"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_procrastinate_jobs_failed ON procrastinate_jobs (id) "
            "WHERE status = 'failed'"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_procrastinate_jobs_failed")
