"""Background work: procrastinate's tables on PostgreSQL, what the loop on SQLite lacked, when each
task last ran, and how often an export was begun.

Why:    work that a host was killed over is taken over within a minute, by any of several hosts, and
        what fell silent or failed is seen and tried again (ADR 0059). The package's own schema is
        made here, so that an installation needs no second tool and no network.
Locks:  columns with a constant default and new tables: none for long. Stop the background work and
        the web of the release before first: exports it asked for are carried over here, later ones
        would wait for nobody.
Down:   the package's tables go with what waits in them; exports that wait are given back to the
        table of jobs. When tasks last ran and how often an export was begun is forgotten.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0033_background_work"
down_revision = "0032_counters"

SCHEMA = Path(__file__).resolve().parent.parent / "data" / "procrastinate_3_10.sql"
FROM_JOBS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)
SELECT 'work', 'exports', 'export:' || (payload ->> 'export'),
       jsonb_build_object('export', payload ->> 'export')
FROM jobs WHERE purpose = 'export' AND state = 'waiting'
"""
TO_JOBS = """
INSERT INTO jobs (purpose, payload, state, attempts, run_at, idempotency_key)
SELECT 'export', json_build_object('export', args ->> 'export'), 'waiting', 0, now(), queueing_lock
FROM procrastinate_jobs WHERE task_name = 'exports' AND status IN ('todo', 'doing')
ON CONFLICT (idempotency_key) DO UPDATE SET state = 'waiting', lease_until_at = NULL
"""
TABLES = (
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)
TYPES = (
    "procrastinate_job_to_defer_v1",
    "procrastinate_job_event_type",
    "procrastinate_job_status",
)


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.add_column("jobs", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("lock", sa.String(80), nullable=True))
    op.add_column("jobs", sa.Column("queueing_lock", sa.String(80), nullable=True))
    op.add_column("jobs", sa.Column("asked_at", instant, nullable=True))
    op.create_index("ix_jobs_queueing_lock", "jobs", ["queueing_lock"])
    op.add_column(
        "exports", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("exports", sa.Column("fault", sa.String(40), nullable=True))
    op.create_table(
        "job_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("ended_at", instant, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(40), nullable=True),
        sa.Column("broken_since_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job_runs"),
        sa.UniqueConstraint("name", name="uq_job_runs_name"),
    )
    op.execute(
        "UPDATE exports SET fault = (SELECT substr(last_error, 1, 40) FROM jobs"
        " WHERE jobs.idempotency_key = 'export:' || exports.public_id)"
    )
    if op.get_bind().dialect.name == "postgresql":
        _driver().execute(SCHEMA.read_text(encoding="utf-8"))
        op.execute(FROM_JOBS)
        op.execute(
            "UPDATE jobs SET state = 'carried' WHERE purpose = 'export' AND state = 'waiting'"
        )
    else:
        op.execute(
            "UPDATE jobs SET purpose = 'exports', queueing_lock = idempotency_key"
            " WHERE purpose = 'export'"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TO_JOBS)
        for name in _functions():
            op.execute(f"DROP FUNCTION {name} CASCADE")  # its triggers go along
        for table in TABLES:
            op.drop_table(table)
        for name in TYPES:
            op.execute(f"DROP TYPE {name}")
    else:
        op.execute(
            "UPDATE jobs SET purpose = 'export', idempotency_key = queueing_lock,"
            " state = 'waiting', lease_until_at = NULL"
            " WHERE purpose = 'exports' AND queueing_lock IS NOT NULL"
            " AND state IN ('waiting', 'running')"
        )
    op.drop_table("job_runs")
    for name in ("fault", "attempts"):
        op.drop_column("exports", name)
    op.drop_index("ix_jobs_queueing_lock", "jobs")
    for name in ("asked_at", "queueing_lock", "lock", "priority"):
        op.drop_column("jobs", name)


def _driver():
    """The driver's own connection: it takes many statements at once, and % as it stands."""
    return op.get_bind().connection.driver_connection


def _functions() -> list[str]:
    named = sa.text(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate\\_%'"
        " AND pronamespace = current_schema()::regnamespace ORDER BY proname"
    )
    return list(op.get_bind().scalars(named))
