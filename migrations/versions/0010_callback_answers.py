"""What was agreed when a callback was made.

Why:    the desk answers callback requests and notes the outcome.
Locks:  a short one on callback_requests, an empty column is added.
Down:   the notes are lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_callback_answers"
down_revision = "0009_first_policy"


def upgrade() -> None:
    op.add_column("callback_requests", sa.Column("answer_enc", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("callback_requests", "answer_enc")
