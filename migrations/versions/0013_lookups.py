"""What pages, lists and jobs look up is found by an index.

Why:    the plans of a loan (on every page of a borrower), the threads of a case, what falls due,
        holds that are over, answered threads and callbacks, and the signatures of a code were found
        by reading whole tables.
Locks:  writes of a table wait while its index is built, seconds for a million rows.
Down:   the indexes go, no data.
"""

from alembic import op

revision = "0013_lookups"
down_revision = "0012_latest_decisions"

INDEXES = (
    ("ix_plan_loans_loan_id", "plan_loans", ["loan_id"]),
    ("ix_plan_parts_due_on", "plan_parts", ["due_on"]),
    ("ix_signatures_code_id", "signatures", ["code_id"]),
    ("ix_holds_ended_by_until", "holds", ["ended_by", "until_at"]),
    ("ix_callback_requests_state_answered", "callback_requests", ["state", "answered_at", "id"]),
    ("ix_threads_last_at", "threads", ["last_at", "id"]),
    ("ix_threads_version_id", "threads", ["version_id"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table_name=table)
