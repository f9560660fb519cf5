"""What is asked of procrastinate's tables beyond its own functions."""

# That it ended is told by the latest event of a job; there is no column for it.
ENDED = """(SELECT max(at) FROM procrastinate_events e WHERE e.job_id = j.id)"""
ASKED = """(SELECT min(at) FROM procrastinate_events e WHERE e.job_id = j.id)"""

UNDER_WAY = """
SELECT 1 FROM procrastinate_jobs
WHERE queueing_lock = %(key)s AND status IN ('todo', 'doing') LIMIT 1
"""

STATE = f"""
SELECT count(*) FILTER (WHERE status = 'todo'),
       count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'failed'),
       min({ASKED}) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now())
FROM procrastinate_jobs j WHERE status IN ('todo', 'doing', 'failed')
"""  # noqa: S608  # nosec B608 - constants of this file only

FAILED_COUNT = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"

FAILED = f"""
SELECT id, task_name, args, attempts, {ENDED}
FROM procrastinate_jobs j WHERE status = 'failed' ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608  # nosec B608 - constants of this file only

RETRY = """
UPDATE procrastinate_jobs j SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL
WHERE id = %(id)s AND status = 'failed' AND NOT EXISTS (
    SELECT 1 FROM procrastinate_jobs o
    WHERE o.queueing_lock = j.queueing_lock AND o.status IN ('todo', 'doing'))
RETURNING id, task_name, args, attempts, NULL::timestamptz
"""

PRUNE = f"""
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs j
    WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted') AND {ENDED} < %(before)s
    ORDER BY id LIMIT %(limit)s)
"""  # noqa: S608  # nosec B608 - constants of this file only

# In one statement each: two hosts that look at once do not both take it, nor one that runs again.
_STALLED = """
j.status = 'doing' AND NOT EXISTS (
    SELECT 1 FROM procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat >= now() - %(seconds)s * interval '1 second')
"""

DROP_STALLED_TWINS = f"""
DELETE FROM procrastinate_jobs j WHERE {_STALLED} AND EXISTS (
    SELECT 1 FROM procrastinate_jobs o
    WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo')
"""  # noqa: S608  # nosec B608 - constants of this file only

TAKE_OVER = f"""
UPDATE procrastinate_jobs j
SET status = 'todo', attempts = attempts + 1, scheduled_at = NULL, worker_id = NULL
WHERE {_STALLED} RETURNING id, task_name
"""  # noqa: S608  # nosec B608 - constants of this file only

PRESENT = """
SELECT DISTINCT task_name AS name FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
"""
