"""Sums of the register and places in the desk's queue, kept by triggers as differences.

Why:    the register added up every part of every agreement on each view, the queue sorted and
        counted everything that waits. Now an agreement's sums stand in a row of their own, a plan
        that waits has its place in the queue in one, and what the register comes to and how much
        waits are appended as differences: nobody who signs or answers waits for anybody's counter.
        Triggers and not the code that signs: a file of the lender's, a console, the release before
        change the same rows.
Locks:  plans, plan_versions, cases, loans, agreements and due_dates take no writes while their
        triggers are made and what is there is counted: a few seconds for each hundred thousand
        agreements. The release before keeps working beside it.
Down:   sums and places are lost, and counted again on the way up.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035_counted"
down_revision = "0034_changed_figures"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
CODE = sa.String(length=40)
OPEN = "('submitted', 'needs_document', 'countered', 'approved', 'under_appeal')"
OURS = "('us', 'second_person')"
FEN = ("fee_fen", "penalty_fen", "interest_fen", "principal_fen", "waived_fen")
FILTERED = ("signed_on", "state", "kind", "products")
AMOUNTS = ("instalments", *FEN)
COUNTED = ("state", "waits_for", "owner_staff_id", "is_handed_up", "is_faulty", "is_changed")
COUNTED = (*COUNTED, "answer_by_on", "valid_on")
ORDERED = ("due_on", "submitted_at", "version_id")
PLACE = ("version_id", "is_ours", "due_on", "submitted_at", "valid_until_at", *COUNTED)
TRIGGERS = {
    "agreements": ("sums_new", "sums_day"),
    "plans": ("sums_state",),
    "loans": ("sums_product",),
    "agreement_sums": ("register_new", "register_changed", "register_gone"),
    "due_dates": ("register_due", "register_not_due"),
    "plan_versions": ("queue_new", "queue_changed", "queue_gone"),
    "cases": ("queue_new", "queue_changed", "queue_gone"),
    "queue_places": ("queue_count_new", "queue_count_changed", "queue_count_gone"),
}


def upgrade() -> None:
    _register_tables()
    _queue_tables()
    for statement in (*_counted(), *_triggers()):
        op.execute(statement)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in ("agreements", "plans", "loans", "due_dates", "plan_versions", "cases"):
        for name in TRIGGERS[table]:
            op.execute(f"DROP TRIGGER {table}_{name}" + ("" if is_sqlite else f" ON {table}"))
    # The triggers of a table go with it.
    for table in ("queue_counts", "queue_places", "register_sums", "agreement_sums"):
        op.drop_table(table)
    if not is_sqlite:
        for table, names in TRIGGERS.items():
            for name in names:
                op.execute(f"DROP FUNCTION anhuan_{table}_{name}()")


def _register_tables() -> None:
    op.create_table(
        "agreement_sums",
        sa.Column("agreement_id", BIG_ID, autoincrement=False, nullable=False),
        *_filtered(),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_sums_agreement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_agreement_sums")),
    )
    op.create_table(
        "register_sums",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("due_month", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        *_filtered(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_sums")),
    )
    op.create_index(
        "ix_register_sums_due_month_signed_on", "register_sums", ["due_month", "signed_on"]
    )


def _filtered() -> list[sa.Column]:
    return [
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("instalments", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in FEN],
    ]


def _queue_tables() -> None:
    op.create_table(
        "queue_places",
        sa.Column("plan_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("valid_until_at", INSTANT, nullable=True),
        *_counted_columns(),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_queue_places_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_queue_places")),
        sa.UniqueConstraint("version_id", name=op.f("uq_queue_places_version_id")),
    )
    op.create_table(
        "queue_counts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        *_counted_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_counts")),
    )
    for name, columns, condition in (
        ("ours", ORDERED, "is_ours"),
        ("owner", ("owner_staff_id", *ORDERED), "is_ours"),
        ("handed_up", ORDERED, "is_ours AND is_handed_up"),
        ("appeals", ORDERED, "is_ours AND state = 'under_appeal'"),
        ("faulty", ("valid_until_at", "submitted_at", "version_id"), "is_faulty"),
        ("changed", ("valid_until_at", "submitted_at", "version_id"), "is_changed"),
        ("waits_for", ("waits_for", "submitted_at", "version_id"), None),
    ):
        where = sa.text(condition) if condition else None
        op.create_index(
            f"ix_queue_places_{name}",
            "queue_places",
            list(columns),
            sqlite_where=where,
            postgresql_where=where,
        )


def _counted_columns() -> list[sa.Column]:
    return [
        sa.Column("state", CODE, nullable=False),
        sa.Column("waits_for", CODE, nullable=False),
        sa.Column("owner_staff_id", BIG_ID, nullable=True),
        sa.Column("is_handed_up", sa.Boolean(), nullable=False),
        sa.Column("is_faulty", sa.Boolean(), nullable=False),
        sa.Column("is_changed", sa.Boolean(), nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=True),
        sa.Column("valid_on", sa.Date(), nullable=True),
    ]


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _day(instant: str) -> str:
    """A day in Beijing."""
    if _is_sqlite():
        return f"date({instant}, '+8 hours')"
    return f"({instant} AT TIME ZONE 'Asia/Shanghai')::date"


def _month(day: str) -> str:
    return f"date({day}, 'start of month')" if _is_sqlite() else f"date_trunc('month', {day})::date"


def _products(plan: str) -> str:
    """The products of a plan's loans in one text, a mark before and behind each."""
    mark = "char(31)" if _is_sqlite() else "chr(31)"
    joined = "group_concat" if _is_sqlite() else "string_agg"
    order = "" if _is_sqlite() else ' COLLATE "C"'
    each = (
        "SELECT DISTINCT l.product AS product FROM plan_loans pl "
        f"JOIN loans l ON l.id = pl.loan_id WHERE pl.plan_id = {plan} ORDER BY 1"
    )
    if not _is_sqlite():
        inner = f"SELECT DISTINCT l.product{order} AS product FROM plan_loans pl "
        each = f"{inner} JOIN loans l ON l.id = pl.loan_id WHERE pl.plan_id = {plan} ORDER BY 1"
    return f"coalesce((SELECT {mark} || {joined}(o.product, {mark}) || {mark} FROM ({each}) o), '')"


def _sums(condition: str) -> str:
    """Write an agreement's sums, as its parts tell them."""
    parts = "FROM plan_parts pp WHERE pp.version_id = v.id"

    def total(amount: str, *components: str) -> str:
        named = ", ".join(f"'{one}'" for one in components)
        more = f" AND pp.component IN ({named})" if components else ""
        return f"coalesce((SELECT sum(pp.{amount}) {parts}{more}), 0)"

    rows = f"(SELECT count(*) FROM (SELECT DISTINCT pp.loan_id, pp.number {parts}) r)"
    return (
        f"INSERT INTO agreement_sums (agreement_id, {', '.join((*FILTERED, *AMOUNTS))}) "
        f"SELECT a.id, {_day('a.signed_at')}, p.state, v.kind, {_products('p.id')}, {rows}, "
        f"{total('fen', 'fee')}, {total('fen', 'penalty')}, "
        f"{total('fen', 'interest', 'old_interest')}, {total('fen', 'principal')}, "
        f"{total('waived_fen')} FROM agreements a JOIN plan_versions v ON v.id = a.version_id "
        f"JOIN plans p ON p.id = v.plan_id WHERE {condition}"
    )


def _differences(row: str, sign: str, months: str) -> str:
    """Append what a row of an agreement's sums adds to the register, or takes from it."""
    columns = ", ".join(("due_month", *FILTERED, "count", *AMOUNTS))
    filtered = ", ".join(f"{row}.{one}" for one in FILTERED)
    amounts = ", ".join(f"{sign}{row}.{one}" for one in AMOUNTS)
    return (
        f"INSERT INTO register_sums ({columns}) "
        f"SELECT m.due_month, {filtered}, {sign}1, {amounts} FROM {months}"
    )


def _months(agreement: str) -> str:
    """No month, and each in which a payment falls due."""
    none = "SELECT NULL" if _is_sqlite() else "SELECT NULL::date"
    return (
        f"({none} AS due_month UNION ALL SELECT DISTINCT {_month('d.due_on')} "
        f"FROM due_dates d WHERE d.agreement_id = {agreement}) m"
    )


def _month_of(row: str) -> str:
    """The month of a due date, where no other payment of the agreement falls into it."""
    month = _month(f"{row}.due_on")
    return (
        f"(SELECT {month} AS due_month) m, agreement_sums s "
        f"WHERE s.agreement_id = {row}.agreement_id AND NOT EXISTS (SELECT 1 FROM due_dates d "
        f"WHERE d.agreement_id = {row}.agreement_id AND d.number <> {row}.number "
        f"AND {_month('d.due_on')} = m.due_month)"
    )


def _placed(condition: str) -> str:
    columns = ", ".join(("plan_id", *PLACE))
    changed = ", ".join(f"{one} = excluded.{one}" for one in PLACE)
    return (
        f"INSERT INTO queue_places ({columns}) SELECT c.plan_id, v.id, c.waits_for IN {OURS}, "
        "coalesce(c.answer_by_on, v.decide_by_on), v.submitted_at, v.valid_until_at, v.state, "
        "c.waits_for, c.owner_staff_id, c.handed_up_at IS NOT NULL, "
        "v.state = 'approved' AND c.document_fault IS NOT NULL, "
        "v.state = 'approved' AND c.figures_changed_at IS NOT NULL, c.answer_by_on, "
        f"{_day('v.valid_until_at')} FROM cases c JOIN plan_versions v ON v.plan_id = c.plan_id "
        f"WHERE v.state IN {OPEN} AND {condition} ON CONFLICT (plan_id) DO UPDATE SET {changed}"
    )


def _not_placed(plan: str) -> str:
    return (
        f"DELETE FROM queue_places WHERE plan_id = {plan} AND NOT EXISTS (SELECT 1 FROM cases c "
        "JOIN plan_versions v ON v.plan_id = c.plan_id "
        f"WHERE c.plan_id = {plan} AND v.state IN {OPEN})"
    )


def _count(row: str, sign: str) -> str:
    values = ", ".join(f"{row}.{one}" for one in COUNTED)
    return f"INSERT INTO queue_counts (count, {', '.join(COUNTED)}) SELECT {sign}1, {values}"


def _counted() -> tuple[str, ...]:
    """What is there already."""
    each = ", ".join(COUNTED)
    months = _months("s.agreement_id")
    if not _is_sqlite():
        months = f"LATERAL {months}"
        months = f"agreement_sums s CROSS JOIN {months}"
    else:
        months = (
            "(SELECT agreement_id AS of_it, NULL AS due_month FROM agreement_sums UNION ALL "
            f"SELECT DISTINCT d.agreement_id, {_month('d.due_on')} FROM due_dates d) m "
            "JOIN agreement_sums s ON s.agreement_id = m.of_it"
        )
    filtered = ", ".join(f"s.{one}" for one in FILTERED)
    amounts = ", ".join(f"sum(s.{one})" for one in AMOUNTS)
    columns = ", ".join(("due_month", *FILTERED, "count", *AMOUNTS))
    return (
        _sums("1 = 1"),
        f"INSERT INTO register_sums ({columns}) SELECT m.due_month, {filtered}, count(*), "
        f"{amounts} FROM {months} GROUP BY m.due_month, {filtered}",
        _placed("1 = 1"),
        f"INSERT INTO queue_counts (count, {each}) SELECT count(*), {each} FROM queue_places "
        f"GROUP BY {each}",
    )


def _triggers() -> list[str]:
    of_plan = (
        "agreement_id IN (SELECT a.id FROM agreements a "
        "JOIN plan_versions v ON v.id = a.version_id WHERE v.plan_id {plan})"
    )
    my_plan = (
        "(SELECT v.plan_id FROM agreements a JOIN plan_versions v ON v.id = a.version_id "
        "WHERE a.id = agreement_sums.agreement_id)"
    )
    of_loan = of_plan.format(plan="IN (SELECT plan_id FROM plan_loans WHERE loan_id = NEW.id)")
    of_plan = of_plan.format(plan="= NEW.id")
    filtered = ", ".join((*FILTERED, *AMOUNTS))
    counted = ", ".join(COUNTED)
    found = [
        _trigger("agreements", "sums_new", "INSERT", "", _sums("a.id = NEW.id")),
        _trigger(
            "agreements",
            "sums_day",
            "UPDATE OF signed_at",
            _differ("signed_at"),
            f"UPDATE agreement_sums SET signed_on = {_day('NEW.signed_at')} "
            "WHERE agreement_id = NEW.id",
        ),
        _trigger(
            "plans",
            "sums_state",
            "UPDATE OF state",
            _differ("state"),
            f"UPDATE agreement_sums SET state = NEW.state WHERE {of_plan}",
        ),
        _trigger(
            "loans",
            "sums_product",
            "UPDATE OF product",
            _differ("product"),
            f"UPDATE agreement_sums SET products = {_products(my_plan)} WHERE {of_loan}",
        ),
        _trigger(
            "agreement_sums",
            "register_new",
            "INSERT",
            "",
            _differences("NEW", "", _months("NEW.agreement_id")),
        ),
        _trigger(
            "agreement_sums",
            "register_changed",
            "UPDATE",
            _differ(*filtered.split(", ")),
            _differences("OLD", "-", _months("NEW.agreement_id")),
            _differences("NEW", "", _months("NEW.agreement_id")),
        ),
        _trigger(
            "agreement_sums",
            "register_gone",
            "DELETE",
            "",
            _differences("OLD", "-", _months("OLD.agreement_id")),
        ),
        _trigger(
            "due_dates", "register_due", "INSERT", "", _differences("s", "", _month_of("NEW"))
        ),
        _trigger(
            "due_dates", "register_not_due", "DELETE", "", _differences("s", "-", _month_of("OLD"))
        ),
        _trigger("queue_places", "queue_count_new", "INSERT", "", _count("NEW", "")),
        _trigger(
            "queue_places",
            "queue_count_changed",
            "UPDATE",
            _differ(*counted.split(", ")),
            _count("OLD", "-"),
            _count("NEW", ""),
        ),
        _trigger("queue_places", "queue_count_gone", "DELETE", "", _count("OLD", "-")),
    ]
    for table in ("plan_versions", "cases"):
        for name, event, row in (
            ("new", "INSERT", "NEW"),
            ("changed", "UPDATE", "NEW"),
            ("gone", "DELETE", "OLD"),
        ):
            plan = f"{row}.plan_id"
            # Gone first: a plan's next version takes the place of the one before.
            acts = (_not_placed(plan), _placed(f"c.plan_id = {plan}"))
            found.append(_trigger(table, f"queue_{name}", event, "", *acts))
    return found


def _differ(*columns: str) -> str:
    word = "IS NOT" if _is_sqlite() else "IS DISTINCT FROM"
    return " OR ".join(f"OLD.{one} {word} NEW.{one}" for one in columns)


def _trigger(table: str, name: str, event: str, condition: str, *acts: str) -> str:
    when = f"WHEN ({condition}) " if condition else ""
    head = f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} FOR EACH ROW {when}"
    body = "; ".join(acts)
    if _is_sqlite():
        return f"{head}BEGIN {body}; END"
    function = f"anhuan_{table}_{name}()"
    op.execute(
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {body}; RETURN NULL; END $$"
    )
    return f"{head}EXECUTE FUNCTION {function}"
