"""First policy, reason codes, calendar and the audit chain's head.

Why:    an empty database is usable after the migrations alone.
Locks:  none, the tables are empty.
Down:   takes the seeded rows out again; policy, codes and days added since stay as they are.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009_first_policy"
down_revision = "0008_guards"

DATA = Path(__file__).resolve().parent.parent / "data"
MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)

policy_versions = sa.table(
    "policy_versions",
    sa.column("version"),
    sa.column("values", sa.JSON),
    sa.column("made_by"),
    sa.column("made_at", sa.DateTime(timezone=True)),
    sa.column("activated_by"),
    sa.column("activated_at", sa.DateTime(timezone=True)),
    sa.column("is_active", sa.Boolean),
)
reason_codes = sa.table(
    "reason_codes",
    sa.column("code"),
    sa.column("answer"),
    sa.column("words"),
    sa.column("position"),
    sa.column("is_active", sa.Boolean),
)
calendar_days = sa.table(
    "calendar_days",
    sa.column("day_on", sa.Date),
    sa.column("is_working", sa.Boolean),
    sa.column("name"),
)
audit_head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("row_hash"))


def _read(name: str):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    policy = _read("default_policy.json")
    op.bulk_insert(
        policy_versions,
        [
            {
                "version": policy["version"],
                "values": policy,
                "made_by": "design",
                "made_at": MADE_AT,
                "activated_by": "release",
                "activated_at": MADE_AT,
                "is_active": True,
            }
        ],
    )
    codes = [
        row | {"position": n, "is_active": True}
        for n, row in enumerate(_read("reason_codes.json"), 1)
    ]
    op.bulk_insert(reason_codes, codes)
    op.bulk_insert(
        calendar_days,
        [
            {
                "day_on": date.fromisoformat(row["on"]),
                "is_working": row["working"],
                "name": row["name"],
            }
            for row in _read("calendar_2025_2027.json")
        ],
    )
    last = (
        op.get_bind()
        .execute(sa.text("SELECT seq, row_hash FROM audit ORDER BY seq DESC LIMIT 1"))
        .first()
    )
    seq, row_hash = last or (0, "0" * 64)
    op.bulk_insert(audit_head, [{"id": 1, "seq": seq, "row_hash": row_hash}])


def downgrade() -> None:
    days = [date.fromisoformat(row["on"]) for row in _read("calendar_2025_2027.json")]
    op.execute(calendar_days.delete().where(calendar_days.c.day_on.in_(days)))
    op.execute(
        reason_codes.delete().where(
            reason_codes.c.code.in_([row["code"] for row in _read("reason_codes.json")])
        )
    )
    op.execute(
        policy_versions.delete().where(
            policy_versions.c.version == _read("default_policy.json")["version"]
        )
    )
    op.execute(audit_head.delete())
