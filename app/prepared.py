"""What PostgreSQL's driver would do at every statement, and a page need not pay for (ADR 0086)."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any, overload

from psycopg import Column, Cursor
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine, event


def keep_prepared(engine: Engine) -> None:
    """Let what a connection has prepared stay prepared where a page's reading is rolled back.

    The driver forgets it at each rollback, so that every statement of every page was planned anew;
    PostgreSQL keeps it whatever becomes of a transaction. After an error the driver forgets it.
    """
    # The dialect's own, however often this is asked for.
    forget = partial(type(engine.dialect).do_rollback, engine.dialect)

    def roll_back(connection: Any) -> None:
        line = connection.pgconn
        is_healthy = line.transaction_status == TransactionStatus.INTRANS
        if not is_healthy or line.exec_(b"ROLLBACK").status != ExecStatus.COMMAND_OK:
            forget(connection)

    engine.dialect.do_rollback = roll_back  # type: ignore[method-assign]
    event.listen(engine, "connect", _describe_late)


class _Columns(Sequence[Column]):
    """The columns of a result, described when somebody looks at them: SQLAlchemy does so at the
    first time of a statement, the driver described them at each.
    """

    def __init__(self, cursor: "_LateCursor") -> None:
        self.cursor = cursor

    @cached_property
    def described(self) -> list[Column]:
        return Cursor.description.fget(self.cursor) or []  # type: ignore[attr-defined]

    @overload
    def __getitem__(self, at: int) -> Column: ...
    @overload
    def __getitem__(self, at: slice) -> list[Column]: ...
    def __getitem__(self, at: int | slice) -> Column | list[Column]:
        return self.described[at]

    def __len__(self) -> int:
        return len(self.described)


class _LateCursor(Cursor[Any]):
    @property
    def description(self) -> Any:
        result = self.pgresult
        return _Columns(self) if result is not None and result.nfields else super().description


def _describe_late(connection: Any, _record: Any) -> None:
    connection.cursor_factory = _LateCursor
