"""Every sealed field opens where it stands: one moved, altered or put in another's row shows."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Base
from app.ports.vault import Vault
from app.services.nightly.reading import snapshot_row

BATCH = 500
ENDING = "_enc"
# By which of its columns a row was named when it was sealed, where that is not its public id.
ROW = {
    "messages": "request_key",
    "outbox": "idempotency_key",
    "plan_drafts": "request_key",
    "staff_sign_ins": "token_hash",
    "provider_events": "event_id",
    "nightly_file_parts": "number",
    "contested_values": "field",
    "contested_befores": "field",
    "loan_snapshots": "as_of_on",
    "snapshot_befores": "as_of_on",
    "borrower_befores": "borrower_id",
    "loan_befores": "loan_id",
}
# Rows that were sealed under the name of what they belong to.
OWNER = {
    "nightly_file_parts": "nightly_files",
    "contested_values": "borrowers",
    "contested_befores": "borrowers",
    "loan_snapshots": "loans",
    "snapshot_befores": "loans",
    "borrower_befores": "borrowers",
    "loan_befores": "loans",
}
OWNED_BY = {"nightly_files": "file_id", "borrowers": "borrower_id", "loans": "loan_id"}
# Copies keep what they were bound to, so that they can take their place again as they are.
BOUND = {
    "former_borrowers": "borrowers",
    "borrower_befores": "borrowers",
    "contested_values": "borrowers",
    "contested_befores": "borrowers",
    "loan_befores": "loans",
    "snapshot_befores": "loan_snapshots",
}
# Fields that were sealed under what stands in another column of theirs.
NAMED_BY_ROW = ("nightly_file_parts", "contested_values", "contested_befores")


def moved_fields(session: Session, *, vault: Vault) -> Iterator[str]:
    """Yield table, column and row number of every field that does not open where it stands.

    Source: V11.3.3.
    """
    for name, column, row in sealed_columns():
        table = Base.metadata.tables[name]
        query = select(table.c.id, table.c[row], table.c[column]).where(
            table.c[column].is_not(None)
        )
        if name in OWNER:
            owners = Base.metadata.tables[OWNER[name]]
            mine = table.c[OWNED_BY[OWNER[name]]]
            query = query.join(owners, owners.c.id == mine).add_columns(owners.c.public_id)
        rows = session.execute(query.order_by(table.c.id).execution_options(yield_per=BATCH))
        for one in rows:
            owner = one[-1] if name in OWNER else ""
            try:
                vault.unseal(one[2], **_place(name, column, one[1], owner))
            except ValueError:
                yield f"{name} {one[0]}: {column} does not open where it stands"


def sealed_columns() -> Iterator[tuple[str, str, str]]:
    """Yield table, column and the column that names the row, for every sealed field there is."""
    for name, table in sorted(Base.metadata.tables.items()):
        for column in table.columns:
            if column.name.endswith(ENDING):
                yield name, column.name, ROW.get(name, "public_id")


def _place(table: str, column: str, row: Any, owner: str) -> dict[str, str]:
    """What a field was bound to when it was sealed."""
    bound, name = BOUND.get(table, table), owner or str(row or "")
    if table in NAMED_BY_ROW:
        return {"table": bound, "row": name, "column": str(row)}
    if bound == "loan_snapshots":
        name = snapshot_row(owner, row)
    return {"table": bound, "row": name, "column": column.removesuffix(ENDING)}
