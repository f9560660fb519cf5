"""Keys by which the lender's own systems call ours.

Why:    they read who must not be contacted and bring money as it comes; each by a key of its own,
        with only what it needs.
Locks:  a new table only.
Down:   refused while a key is stored: whoever has it would be shut out, and the trail would name
        what is no more.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0053_api_keys"
down_revision = "0052_dues_and_closes"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
STAYS = "{} keys of the machine interface are stored and would be lost"
WORDS = "a key of the machine interface is disabled, never changed"
FIXED = "public_id, name, key_hash, scopes, made_at, made_by"


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("disabled_at", AT),
        sa.Column("disabled_by", sa.String(64)),
        sa.Column("last_used_at", AT),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("public_id", name="uq_api_keys_public_id"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
    _guard("api_keys_fixed", f"BEFORE UPDATE OF {FIXED} ON api_keys")
    _guard("api_keys_stay", "BEFORE DELETE ON api_keys")
    _guard(
        "api_keys_disabled_once",
        "BEFORE UPDATE OF disabled_at, disabled_by ON api_keys",
        "OLD.disabled_at IS NOT NULL",
    )


def downgrade() -> None:
    stored = op.get_bind().scalar(sa.text("SELECT count(*) FROM api_keys"))
    if stored:
        raise CommandError(STAYS.format(stored))
    # Triggers go with their table.
    op.drop_table("api_keys")


def _guard(name: str, event: str, when: str = "") -> None:
    condition = f" WHEN ({when})" if when else ""
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {body}")
