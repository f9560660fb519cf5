"""A stored object as a file that is read as it comes."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO

from app.domain.errors import GatewayDown

BLOCK_BYTES = 256 * 1024
# Without a byte in between: a line that breaks again and again is no line.
TRIES = 3
Fetch = Callable[[int, str], Any]


def buffered(fetch: Fetch) -> BinaryIO:
    """Open an object by `fetch(since, tag)`, which asks for its rest. Raises: what fetch does."""
    return io.BufferedReader(_Body(fetch), BLOCK_BYTES)


class _Body(io.RawIOBase):
    """Where the connection breaks the rest is asked for, of the very same object."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        answer = fetch(0, "")
        self._stream = answer["Body"]
        self._tag, self._size = answer["ETag"], answer["ContentLength"]
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        for _try in range(TRIES):
            data = self._read(len(buffer))
            if data or self._at == self._size:
                buffer[: len(data)] = data
                self._at += len(data)
                return len(data)
            self._stream.close()
            self._stream = self._fetch(self._at, self._tag)["Body"]
        raise GatewayDown

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()

    def _read(self, size: int) -> bytes:
        """Return what comes; nothing where the connection broke, or at the end."""
        from botocore.exceptions import BotoCoreError
        from urllib3.exceptions import HTTPError

        try:
            return bytes(self._stream.read(size))
        except (BotoCoreError, HTTPError, OSError):
            return b""
