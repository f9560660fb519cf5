"""Many rows at once into a table, COPY on PostgreSQL, one prepared statement on SQLite; and found
by very many keys at once. Never commits.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

from psycopg import Connection as PostgresConnection
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    String,
    Table,
    any_,
    column,
    insert,
    literal,
)
from sqlalchemy import table as sql_table
from sqlalchemy.orm import InstrumentedAttribute, Session


def load(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows, values in the order of the columns; dates as ISO text, truth as 0 or 1, JSON as
    text.
    """
    # Past SQLAlchemy on purpose: its types and events would be paid for with each of very many
    # rows, and the values come in the database's own form already.
    driver = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        _copy(cast(PostgresConnection, driver), table.name, columns, rows)
        return

    # A bare table: the model's own defaults would ask for values that no row has, COPY knows none.
    bare = sql_table(table.name, *map(column, columns))
    statement = insert(bare).values(dict.fromkeys(columns)).compile(dialect=connection.dialect)
    cast(Any, driver).executemany(str(statement), rows)


def among(
    session: Session, key: InstrumentedAttribute[str], texts: Collection[str]
) -> ColumnElement[bool]:
    """Return whether a key is one of very many texts; those with a NUL are stored nowhere."""
    # PostgreSQL takes no NUL. Of one array its plan is made once and kept, of a list of values for
    # each list anew.
    asked = [text for text in texts if "\0" not in text]
    if session.get_bind().dialect.name == "postgresql":
        return key == any_(literal(asked, ARRAY(String)))
    return key.in_(asked)


def _copy(
    driver: PostgresConnection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
