"""Many rows at once into a table: COPY on PostgreSQL, one prepared statement on SQLite. Never
commits.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from psycopg import Connection as PostgresConnection
from psycopg import sql
from sqlalchemy import Connection, Table, column, insert
from sqlalchemy import table as sql_table


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


def _copy(
    driver: PostgresConnection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
