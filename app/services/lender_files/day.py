"""A day as files tell of it: its instants, and a line of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_

from app.domain.calendar import BEIJING, midnight
from app.domain.money import figure

# Rows of a stream that are fetched at once, and events whose plans are read at once.
A_PART, BATCH = 2_000, 200
MOMENT = timedelta(microseconds=1)


class ToldRow(NamedTuple):
    """One line: its cells as text, and what it adds to the control sum. Units: fen."""

    cells: Sequence[str]
    fen: int = 0


@dataclass(frozen=True)
class ToldDay:
    """One day in Beijing."""

    on: date

    @property
    def ends_at(self) -> datetime:
        """Return the last instant of the day."""
        return midnight(self.on + timedelta(days=1)) - MOMENT

    def holds(self, at: Any) -> ColumnElement[bool]:
        """Return the condition that an instant of a row is in the day."""
        return and_(at >= midnight(self.on), at < midnight(self.on + timedelta(days=1)))


def told_instant(at: datetime | None) -> str:
    """Return an instant as files have it, in Beijing; nothing where there is none."""
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}" if at else ""


def told_yuan(fen: int) -> str:
    """Return an amount as files have it: yuan, two decimals, a plain sign, no commas."""
    return figure(fen).replace(",", "").replace("−", "-")
