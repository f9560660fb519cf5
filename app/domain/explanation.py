"""Lines that tell how a figure came about, as translatable phrases beside their values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Section = Literal[
    "principal",
    "interest",
    "penalty",
    "fee",
    "excess",
    "accrued",
    "adjustment",
    "payoff",
    "today",
    "quote",
]
Kind = Literal["step", "sum", "rule"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: what it is, how it was computed, and its amount.

    Units: fen; None for a line that tells a rule. The ids are Chinese source text with %(name)s
           places.
    """

    section: Section
    what_id: str
    how_id: str
    values: Mapping[str, str]
    fen: int | None
    kind: Kind = "step"

    @property
    def what(self) -> str:
        """Return what the line is about, in the source language."""
        return self.what_id % self.values

    @property
    def how(self) -> str:
        """Return how the amount was computed, in the source language; may be empty."""
        return self.how_id % self.values
