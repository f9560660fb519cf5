"""One made-up row in every table that has none, whatever tables a revision has."""

from collections.abc import Container
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    TextClause,
    inspect,
    select,
    text,
)

MADE_BY_MIGRATIONS = {"alembic_version", "audit_head"}
# Made together, for one alone is never sealed.
LEDGER = {"journals", "entries"}
ENGINE = "procrastinate_"
BY_NAME: dict[str, Any] = {
    "day_basis": 365,
    "role": "agent",
    "audience": "borrower",
    "activated_by": "x2",
    "decisions.person_id": "x2",
    "version_releases.person_id": "x2",
    "cases.waits_for": "us",
    "agreement_files.pdf": b"%PDF",
    "cases.owner_staff_id": None,
    "matches.plan_id": None,
    "notices.received_on": date(2026, 11, 1),
    "notices.received_by": "x",
    "notices.taken_back_at": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    "notices.taken_back_why": "x",
    "certificates.withdrawn_at": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    "vouchers.kind": "receipt",
    "transfer_proofs.state": "waiting",
    "transfer_proofs.payment_id": None,
    "transfer_proofs.answered_by": None,
    "vouchers.plan_id": None,
    "vouchers.hold_id": None,
    "matches.undone_at": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    "matches.undone_by": "x",
    "payments.reverses_id": None,
    "payment_orders.plan_id": None,
    "payment_orders.state": "waiting",
    "payment_orders.paid_at": None,
    "order_payments.kind": "answer",
    "house_moves.debit": "clearing",
    "house_moves.reverses_id": None,
    "refunds.payment_id": None,
    "refunds.paid_person": "x2",
    "month_closes.month_on": date(2020, 1, 1),
    "month_closes.closed_person": "x2",
    "sessions.staff_id": None,
    "procrastinate_jobs.status": "todo",
    "procrastinate_events.type": "deferred",
}
BY_TYPE: list[tuple[type, Any]] = [
    (Boolean, False),
    (DateTime, datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
    (Date, date(2026, 11, 1)),
    (JSON, {"note": "测试"}),
    (LargeBinary, b"\x00\x01\xff"),
    (BigInteger, 1),
    (Integer, 1),
]


def is_engines(table: str | None) -> bool:
    """Whether a table is the engine's of the background work, which has no model."""
    return (table or "").startswith(ENGINE)


def plant(engine, without: Container[str] = ()) -> None:
    """Fill the empty tables, parents first."""
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if (
                table.name not in MADE_BY_MIGRATIONS | LEDGER
                and table.name not in without
                and not connection.execute(select(table).limit(1)).first()
            ):
                add(connection, table)
        if LEDGER <= metadata.tables.keys() - set(without):
            _post(connection, metadata)


def _post(connection: Connection, metadata: MetaData) -> None:
    """A sealed journal of two entries, where there is none."""
    journals, entries = metadata.tables["journals"], metadata.tables["entries"]
    if connection.execute(select(journals).limit(1)).first():
        return
    key = add(connection, journals, sealed_at=None)
    for place, fen in ((1, 5), (2, -5)):
        add(connection, entries, journal_id=key, place=place, fen=fen)
    connection.execute(journals.update().values(sealed_at=BY_TYPE[1][1]))


def add(connection: Connection, table: Table, **values: Any) -> int:
    """Store one row, made up where nothing is given, and return its id."""
    made_up = {c.name: _value(c) for c in table.columns if c.name != "id"}
    return connection.execute(table.insert().values(made_up | values)).inserted_primary_key[0]


def planted(engine, columns: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    """Every row of the tables named, in the columns named (of all, in all), in a fixed order."""
    found = set(inspect(engine).get_table_names()) - MADE_BY_MIGRATIONS
    wanted = {table: ["*"] for table in found} if columns is None else columns
    with engine.connect() as connection:
        return {
            table: sorted(
                repr(sorted(row.items(), key=str))
                for row in connection.execute(_read(table, wanted[table])).mappings()
            )
            for table in sorted(found & set(wanted))
        }


def _read(table: str, columns: list[str]) -> TextClause:
    names = ", ".join("*" if name == "*" else f'"{name}"' for name in columns)
    return text(f'SELECT {names} FROM "{table}"')


def _value(column: Column) -> Any:
    for name in (f"{column.table.name}.{column.name}", column.name):
        if name in BY_NAME:
            return BY_NAME[name]
    if column.nullable and not column.foreign_keys:
        return None
    if column.nullable and next(iter(column.foreign_keys)).column.table.name in (
        "plan_versions",
        column.table.name,
    ):
        return None  # the row it would point to comes later
    for kind, value in BY_TYPE:
        if isinstance(column.type, kind):
            return value
    return "x1"
