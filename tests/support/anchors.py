"""Anchors of the audit trail in memory."""


class MemoryAnchors:
    """What was noted, in a list."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def append(self, line: str) -> None:
        self.noted.append(line)

    def lines(self) -> tuple[str, ...]:
        return tuple(self.noted)
