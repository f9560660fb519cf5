"""Anchors in a file of the host."""

import os
from pathlib import Path

from app.domain.errors import GatewayDown


class AnchorFile:
    """One line a note, in a file that is opened for appending only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, line: str) -> None:
        """Add one line, on the disk before it returns. Raises: GatewayDown."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as failure:
            raise GatewayDown(str(failure.strerror)) from failure

    def lines(self) -> tuple[str, ...]:
        """Return every line, oldest first; none where nothing was noted yet."""
        try:
            return tuple(self._path.read_text(encoding="utf-8").splitlines())
        except FileNotFoundError:
            return ()
