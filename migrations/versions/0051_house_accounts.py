"""The house's side of money: what lies at each channel, with nobody, to be returned; refunds.

Why:    the ledger booked what signed plans' facts ask for; where the money itself lies was in no
        book. A move is a journal of two lines, from one account to another, so it balances by its
        shape. Triggers write it in the transaction of the fact, also for the release before.
Locks:  new tables; what came before is read once and counted. An index of the few journals that
        make credit or pay it back is built.
Down:   moves are counted anew by the next upgrade; refused while a refund is stored.
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0051_house_accounts"
down_revision = "0050_transfer_proofs"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
STAYS = "{} refunds are stored and would be lost: this step is not taken down"
WORDS = "moves of money are append-only"
FIXED_REFUND = "of a refund only what became of it is ever added"

COLUMNS = (
    "cause, cause_id, payment_id, channel, debit, credit, fen, value_on, period_on, posted_at,"
    " actor, correlation_id, reverses_id"
)
# A reversal takes money away.
SIGN = "CASE WHEN p.reverses_ref <> '' OR p.reverses_id IS NOT NULL THEN -1 ELSE 1 END"
END = "CASE WHEN m.plan_id IS NULL THEN 'transfer_out' ELSE 'bank' END"
# In the order in which what came before is counted.
FACTS = ("arrived", "matched", "undone", "returned", "kept")


def upgrade() -> None:
    _moves()
    _refunds()
    credit = sa.text("kind IN ('credit', 'refund')")
    op.create_index("ix_journals_credit", "journals", ["plan_id"], **_where(credit))
    for fact in FACTS:
        op.execute(_posting(fact))
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def downgrade() -> None:
    bind = op.get_bind()
    stored = bind.scalar(sa.text("SELECT count(*) FROM refunds"))
    if stored:
        raise CommandError(STAYS.format(stored))
    if bind.dialect.name == "sqlite":
        for name in ("arrived", "matched", "undone", "acted"):
            op.execute(f"DROP TRIGGER house_{name}")
    else:
        for name, table in (
            ("arrived", "payments"),
            ("matched", "matches"),
            ("undone", "matches"),
            ("acted", "payment_acts"),
        ):
            op.execute(f"DROP TRIGGER house_{name} ON {table}")
            op.execute(f"DROP FUNCTION anhuan_house_{name}()")
    op.drop_index("ix_journals_credit", "journals")
    op.drop_table("refunds")
    op.drop_table("house_moves")
    if bind.dialect.name != "sqlite":
        op.execute("DROP FUNCTION anhuan_house_refunded()")


def _moves() -> None:
    op.create_table(
        "house_moves",
        sa.Column("id", ID, nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("cause_id", ID, nullable=False),
        sa.Column("payment_id", ID),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("debit", sa.String(40), nullable=False),
        sa.Column("credit", sa.String(40), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("posted_at", AT, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("correlation_id", sa.String(64), nullable=False),
        sa.Column("reverses_id", ID),
        sa.PrimaryKeyConstraint("id", name="pk_house_moves"),
        sa.UniqueConstraint("cause", "cause_id", name="uq_house_moves_cause_cause_id"),
        sa.UniqueConstraint("reverses_id", name="uq_house_moves_reverses_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_house_moves_payment_id"),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["house_moves.id"], name="fk_house_moves_reverses_id"
        ),
        sa.CheckConstraint("fen <> 0", name="fen_not_zero"),
        sa.CheckConstraint("debit <> credit", name="between_two"),
    )
    op.create_index("ix_house_moves_payment_id", "house_moves", ["payment_id"])
    op.create_index("ix_house_moves_period_on", "house_moves", ["period_on"])


def _refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("plan_id", ID),
        sa.Column("payment_id", ID),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("account_enc", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("named_at", AT, nullable=False),
        sa.Column("named_by", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", AT),
        sa.Column("asked_by", sa.String(64)),
        sa.Column("asked_person", sa.String(64)),
        sa.Column("way", sa.String(40)),
        sa.Column("channel", sa.String(32)),
        sa.Column("channel_ref", sa.String(64)),
        sa.Column("paid_on", sa.Date()),
        sa.Column("paid_at", AT),
        sa.Column("paid_by", sa.String(64)),
        sa.Column("paid_person", sa.String(64)),
        sa.Column("bounced_on", sa.Date()),
        sa.Column("bounced_at", AT),
        sa.Column("bounced_by", sa.String(64)),
        sa.Column("bounce_words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.UniqueConstraint("public_id", name="uq_refunds_public_id"),
        sa.UniqueConstraint("channel", "channel_ref", name="uq_refunds_channel_channel_ref"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_refunds_plan_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_refunds_payment_id"),
        sa.CheckConstraint("fen > 0", name="fen_positive"),
        sa.CheckConstraint("(plan_id IS NULL) <> (payment_id IS NULL)", name="one_source"),
        sa.CheckConstraint(
            "paid_person IS NULL OR paid_person <> asked_person", name="two_persons"
        ),
    )
    op.create_index("ix_refunds_plan_id", "refunds", ["plan_id"])
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id"])
    open_ones = sa.text("state IN ('named', 'asked')")
    op.create_index("ix_refunds_open", "refunds", ["state", "id"], **_where(open_ones))
    for name in ("plan_id", "payment_id"):
        op.create_index(
            f"uq_refunds_open_{name}", "refunds", [name], unique=True, **_where(open_ones)
        )


def _where(condition: sa.TextClause) -> dict[str, sa.TextClause]:
    return {"sqlite_where": condition, "postgresql_where": condition}


def _month(instant: str) -> str:
    if op.get_bind().dialect.name == "sqlite":
        return f"date({instant}, '+8 hours', 'start of month')"
    return f"date_trunc('month', {instant} AT TIME ZONE 'Asia/Shanghai')::date"


def _day(instant: str) -> str:
    if op.get_bind().dialect.name == "sqlite":
        return f"date({instant}, '+8 hours')"
    return f"({instant} AT TIME ZONE 'Asia/Shanghai')::date"


def _posting(fact: str, source: str = "", where: str = "true") -> str:
    """The statement that posts the moves of facts: all that are stored, or those of a trigger."""
    acts = f"{source or 'payment_acts'} a JOIN payments p ON p.id = a.payment_id"
    matches = f"{source or 'matches'} m JOIN payments p ON p.id = m.payment_id"
    tables = {
        "arrived": f"{source or 'payments'} p",
        "matched": matches,
        "undone": f"{matches} JOIN house_moves h ON h.cause = 'matched' AND h.cause_id = m.id",
        "returned": acts,
        "kept": acts + " JOIN house_moves h ON h.id = (SELECT max(b.id) FROM house_moves b"
        " WHERE b.cause = 'returned' AND b.payment_id = p.id AND b.cause_id < a.id)",
    }[fact]
    # The fact's row, debit and credit, fen, value day, instant, actor, what is taken back.
    said = {
        "arrived": (
            "p.id",
            "'clearing', 'unmatched'",
            f"{SIGN} * p.fen",
            "p.arrived_on",
            "p.posted_at",
            "COALESCE((SELECT f.received_by FROM statement_files f WHERE f.id = p.file_id),"
            " 'system')",
            "NULL",
        ),
        "matched": (
            "m.id",
            f"'unmatched', {END}",
            f"{SIGN} * m.fen",
            "p.arrived_on",
            "m.at",
            "m.actor",
            "NULL",
        ),
        "undone": (
            "m.id",
            f"'unmatched', {END}",
            "-h.fen",
            "h.value_on",
            "m.undone_at",
            "m.undone_by",
            "h.id",
        ),
        "returned": (
            "a.id",
            "'unmatched', 'refund_payable'",
            "p.fen",
            _day("a.at"),
            "a.at",
            "a.who",
            "NULL",
        ),
        "kept": (
            "a.id",
            "'unmatched', 'refund_payable'",
            "-h.fen",
            "h.value_on",
            "a.at",
            "a.who",
            "h.id",
        ),
    }[fact]
    cause_id, accounts, fen, value_on, at, actor, reverses = said
    only = {
        "undone": " AND m.undone_at IS NOT NULL",
        "returned": " AND a.act = 'returned'",
        "kept": " AND a.act = 'kept'",
    }.get(fact, "")
    return (
        f"INSERT INTO house_moves ({COLUMNS}) SELECT '{fact}', {cause_id}, p.id, p.channel,"
        f" {accounts}, {fen}, {value_on}, {_month(at)}, {at}, {actor}, p.public_id, {reverses}"
        f" FROM {tables} WHERE {where}{only}"
    )


def _refund_posting(fact: str) -> str:
    """What a refund moves once it is paid, and back where it bounced."""
    is_paid = fact == "refunded"
    at, actor = ("NEW.paid_at", "NEW.paid_by") if is_paid else ("NEW.bounced_at", "NEW.bounced_by")
    value_on = "NEW.paid_on" if is_paid else "NEW.bounced_on"
    reverses = (
        "NULL"
        if is_paid
        else "(SELECT h.id FROM house_moves h WHERE h.cause = 'refunded' AND h.cause_id = NEW.id)"
    )
    from_account = "CASE WHEN NEW.payment_id IS NULL THEN 'bank' ELSE 'refund_payable' END"
    return (
        f"INSERT INTO house_moves ({COLUMNS}) SELECT '{fact}', NEW.id, NEW.payment_id, NEW.channel,"
        f" {from_account}, 'clearing', {'' if is_paid else '-'}NEW.fen, {value_on}, {_month(at)},"
        f" {at}, {actor}, NEW.public_id, {reverses}"
    )


def _sqlite() -> None:
    def after(name: str, event: str, statements: list[str], when: str = "") -> None:
        condition = f" WHEN {when}" if when else ""
        body = "; ".join(statements)
        op.execute(f"CREATE TRIGGER house_{name} {event} FOR EACH ROW{condition} BEGIN {body}; END")

    after("arrived", "AFTER INSERT ON payments", [_posting("arrived", "", "p.id = NEW.id")])
    after("matched", "AFTER INSERT ON matches", [_posting("matched", "", "m.id = NEW.id")])
    after(
        "undone",
        "AFTER UPDATE OF undone_at ON matches",
        [_posting("undone", "", "m.id = NEW.id")],
        "OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL",
    )
    acted = [_posting(one, "", "a.id = NEW.id") for one in ("returned", "kept")]
    after("acted", "AFTER INSERT ON payment_acts", acted)
    for state, fact in (("paid", "refunded"), ("bounced", "bounced")):
        after(
            fact,
            "AFTER UPDATE OF state ON refunds",
            [_refund_posting(fact)],
            f"NEW.state = '{state}' AND OLD.state <> '{state}'",
        )
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER house_moves_{event.lower()} BEFORE {event} ON house_moves FOR EACH ROW"
            f" BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
    op.execute(
        "CREATE TRIGGER refunds_fixed BEFORE UPDATE OF public_id, plan_id, payment_id, fen,"
        " account_enc, named_at, named_by ON refunds FOR EACH ROW"
        f" BEGIN SELECT RAISE(ABORT, '{FIXED_REFUND}'); END"
    )
    op.execute(
        "CREATE TRIGGER refunds_stay BEFORE DELETE ON refunds FOR EACH ROW"
        f" BEGIN SELECT RAISE(ABORT, '{FIXED_REFUND}'); END"
    )


def _postgresql() -> None:
    def after(name: str, event: str, statements: list[str], when: str = "", each: str = "") -> None:
        body = "; ".join(statements)
        op.execute(
            f"CREATE FUNCTION anhuan_house_{name}() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN {body}; RETURN NULL; END $$"
        )
        how = each or "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
        condition = f" WHEN ({when})" if when else ""
        op.execute(
            f"CREATE TRIGGER house_{name} {event} {how}{condition}"
            f" EXECUTE FUNCTION anhuan_house_{name}()"
        )

    # A statement of a thousand rows posts a thousand moves by one statement.
    after("arrived", "AFTER INSERT ON payments", [_posting("arrived", "fresh")])
    after("matched", "AFTER INSERT ON matches", [_posting("matched", "fresh")])
    after(
        "undone",
        "AFTER UPDATE OF undone_at ON matches",
        [_posting("undone", "", "m.id = NEW.id")],
        "OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL",
        "FOR EACH ROW",
    )
    acted = [_posting(one, "fresh") for one in ("returned", "kept")]
    after("acted", "AFTER INSERT ON payment_acts", acted)
    refunded, bounced = (
        f"IF NEW.state = '{state}' AND OLD.state <> '{state}' THEN {_refund_posting(fact)}; END IF"
        for state, fact in (("paid", "refunded"), ("bounced", "bounced"))
    )
    after("refunded", "AFTER UPDATE OF state ON refunds", [refunded, bounced], each="FOR EACH ROW")
    op.execute(
        "CREATE TRIGGER house_moves_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON house_moves"
        f" FOR EACH STATEMENT EXECUTE FUNCTION anhuan_refuse('{WORDS}')"
    )
    op.execute(
        "CREATE TRIGGER refunds_fixed BEFORE UPDATE OF public_id, plan_id, payment_id, fen,"
        " account_enc, named_at, named_by ON refunds FOR EACH ROW"
        f" EXECUTE FUNCTION anhuan_refuse('{FIXED_REFUND}')"
    )
    op.execute(
        "CREATE TRIGGER refunds_stay BEFORE DELETE ON refunds FOR EACH ROW"
        f" EXECUTE FUNCTION anhuan_refuse('{FIXED_REFUND}')"
    )
