"""A break that stands, and what a person answers of a plan.

Why:    money in time that comes to light after another plan was signed, or the loan gone, undoes no
        break by itself: the break stands, and somebody answers. After a break somebody answers the
        smaller plan too; both have a clock.
Locks:  notices gets a column without a default: no rewrite.
Down:   refused while a matter is stored or a break stands: what was answered would be forgotten,
        and plans would run again.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0047_breaks"
down_revision = "0046_paying"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = sa.text("answered_at IS NULL")
STAYS = "{} matters of plans and breaks that stand are stored and would be lost"
FIXED = "public_id, plan_id, kind, cause, opened_at, answer_by_on"
ANSWERED = "answered_at, answered_by, words_enc, key_version, request_key"
TOLD = "what was told of a plan stays as it was told"
# Once it stands it stands, and only a break can.
_STOOD = "OLD.stands_at IS NOT NULL OR OLD.kind <> 'break'"
WORDS = "what was answered of a plan stays as it was answered"


def upgrade() -> None:
    op.add_column("notices", sa.Column("stands_at", AT))
    op.create_table(
        "plan_matters",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("answered_at", AT),
        sa.Column("answered_by", sa.String(64)),
        sa.Column("words_enc", sa.LargeBinary()),
        sa.Column("key_version", sa.Integer()),
        sa.Column("request_key", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_plan_matters"),
        sa.UniqueConstraint("public_id", name="uq_plan_matters_public_id"),
        sa.UniqueConstraint("plan_id", "kind", "cause", name="uq_plan_matters_plan_id_kind_cause"),
        sa.UniqueConstraint("request_key", name="uq_plan_matters_request_key"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_matters_plan_id"),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_someone"
        ),
    )
    op.create_index(
        "ix_plan_matters_open",
        "plan_matters",
        ["answer_by_on", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    _guard("notices_stands_once", "BEFORE UPDATE OF stands_at ON notices", TOLD, _STOOD)
    _guard("plan_matters_fixed", f"BEFORE UPDATE OF {FIXED} ON plan_matters", WORDS)
    _guard(
        "plan_matters_once",
        f"BEFORE UPDATE OF {ANSWERED} ON plan_matters",
        WORDS,
        "OLD.answered_at IS NOT NULL",
    )
    _guard("plan_matters_stays", "BEFORE DELETE ON plan_matters", WORDS)


def downgrade() -> None:
    bind = op.get_bind()
    stored = bind.scalar(sa.text("SELECT count(*) FROM plan_matters"))
    stored += bind.scalar(sa.text("SELECT count(*) FROM notices WHERE stands_at IS NOT NULL"))
    if stored:
        raise CommandError(STAYS.format(stored))
    op.drop_table("plan_matters")
    on = " ON notices" if bind.dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER notices_stands_once{on}")
    op.drop_column("notices", "stands_at")


def _guard(name: str, event: str, words: str, when: str = "") -> None:
    condition = f" WHEN ({when})" if when else ""
    if op.get_bind().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION anhuan_refuse('{words}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {call}")
    else:
        body = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{condition} {body}")
