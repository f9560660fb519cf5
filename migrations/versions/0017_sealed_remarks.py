"""Remarks and unknown columns of the nightly file are sealed like other personal data.

Why:    anyone's name or number may stand in them, and they lay open in the tables. What is stored
        is sealed by this step, bound to its row; a keyed hash beside it tells whether it changed.
        The keys are DATA_KEY and LOOKUP_KEY, in development those made in INSTANCE_DIR; without any
        row to seal none is needed.
Locks:  loans and loan_snapshots, each row with a text is written once, some ten thousand a second.
        Code from before reads the columns that go: stop it first. What the tables held stays in
        older backups and, until it is vacuumed, in the files of the database.
Down:   the texts come back as they were, with the same keys.
"""

import hashlib
import hmac
import json
import os
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

revision = "0017_sealed_remarks"
down_revision = "0016_files_that_wait"

ROOT = Path(__file__).resolve().parents[2]
NONCE_BYTES = 12
KEY_VERSION = 1
CHUNK = 1000
LOANS = sa.table(
    "loans",
    sa.column("id", sa.BigInteger),
    sa.column("ref", sa.String),
    sa.column("public_id", sa.String),
    sa.column("remark", sa.Text),
    sa.column("remark_enc", sa.LargeBinary),
    sa.column("remark_hmac", sa.String),
    sa.column("key_version", sa.Integer),
)
FIGURES = sa.table(
    "loan_snapshots",
    sa.column("id", sa.BigInteger),
    sa.column("loan_id", sa.BigInteger),
    sa.column("as_of_on", sa.Date),
    sa.column("extra", sa.JSON),
    sa.column("extra_enc", sa.LargeBinary),
    sa.column("extra_hmac", sa.String),
    sa.column("key_version", sa.Integer),
)
SEALED = (("loans", LOANS, "remark"), ("loan_snapshots", FIGURES, "extra"))


def upgrade() -> None:
    for name, table, column in SEALED:
        op.add_column(name, sa.Column(f"{column}_enc", sa.LargeBinary(), nullable=True))
        op.add_column(
            name,
            sa.Column(f"{column}_hmac", sa.String(length=64), nullable=False, server_default=""),
        )
        op.add_column(
            name, sa.Column("key_version", sa.Integer(), nullable=False, server_default="0")
        )
        _change(table, column, _sealed)
        op.drop_column(name, column)


def downgrade() -> None:
    op.add_column("loans", sa.Column("remark", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "loan_snapshots", sa.Column("extra", sa.JSON(), nullable=False, server_default="{}")
    )
    for name, table, column in SEALED:
        _change(table, column, _opened)
        for gone in (f"{column}_enc", f"{column}_hmac", "key_version"):
            op.drop_column(name, gone)


def _change(table, column, change) -> None:
    """Write every row with a text anew, a chunk at a time."""
    connection, last = op.get_bind(), 0
    while rows := connection.execute(_rows(table, column, last)).all():
        changed = [{"at": row.id, **change(column, row)} for row in rows if _has_text(row, column)]
        if changed:
            columns = {name: sa.bindparam(f"new_{name}") for name in changed[0] if name != "at"}
            values = [
                {name if name == "at" else f"new_{name}": value for name, value in one.items()}
                for one in changed
            ]
            connection.execute(
                table.update().where(table.c.id == sa.bindparam("at")).values(columns), values
            )
        last = rows[-1].id


def _rows(table, column, last):
    """The next rows, with the number of their loan and what a sealed value is bound to."""
    wanted = (
        table.c[f"{column}_enc"],
        table.c[column],
    )
    if table is LOANS:
        query = sa.select(LOANS.c.id, LOANS.c.ref, LOANS.c.public_id, *wanted)
    else:
        query = sa.select(
            FIGURES.c.id, LOANS.c.ref, LOANS.c.public_id, FIGURES.c.as_of_on, *wanted
        ).join_from(FIGURES, LOANS, LOANS.c.id == FIGURES.c.loan_id)
    return query.where(table.c.id > last).order_by(table.c.id).limit(CHUNK)


def _has_text(row, column) -> bool:
    return bool(getattr(row, column)) or getattr(row, f"{column}_enc") is not None


def _sealed(column, row) -> dict:
    text = getattr(row, column)
    if column == "extra":
        text = json.dumps(text, ensure_ascii=False, sort_keys=True)
    nonce = os.urandom(NONCE_BYTES)
    cipher, lookup = AESGCM(_key("DATA_KEY")), _key("LOOKUP_KEY")
    told = f"{column}:{row.ref}\n{text}".encode()
    return {
        f"{column}_enc": nonce + cipher.encrypt(nonce, text.encode(), _bound(column, row)),
        f"{column}_hmac": hmac.new(lookup, told, hashlib.sha256).hexdigest(),
        "key_version": KEY_VERSION,
    }


def _opened(column, row) -> dict:
    sealed = getattr(row, f"{column}_enc")
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    text = AESGCM(_key("DATA_KEY")).decrypt(nonce, rest, _bound(column, row)).decode()
    return {column: json.loads(text) if column == "extra" else text}


def _bound(column, row) -> bytes:
    if column == "remark":
        return f"loans:{row.public_id}:remark".encode()
    return f"loan_snapshots:{row.public_id}:{row.as_of_on.isoformat()}:extra".encode()


def _key(name) -> bytes:
    """The key the product uses: of the environment, else, in development, made beside the
    database.
    """
    made = Path(os.environ.get("INSTANCE_DIR") or ROOT / "instance") / "keys" / name.lower()
    value = os.environ.get(name, "").strip()
    if not value and os.environ.get("APP_ENV") != "production" and made.exists():
        value = made.read_text(encoding="ascii").strip()
    if not value:
        raise CommandError(f"{name} is missing: remarks are stored that this step has to seal")
    return bytes.fromhex(value)
