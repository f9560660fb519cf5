"""Where the product notes, outside its database, how far its audit trail had come."""

from typing import Protocol


class Anchors(Protocol):
    """Lines that are only ever added, kept where who changes the database does not reach."""

    def append(self, line: str) -> None:
        """Add one line, on the disk before it returns. Raises: GatewayDown."""
        ...

    def lines(self) -> tuple[str, ...]:
        """Return every line, oldest first; none where nothing was noted yet."""
        ...
