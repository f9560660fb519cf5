"""The door of a served installation: what was handled inside, and answers that wait until they are
let out.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

LONGEST_WAIT = 30


class Door:
    """Stands before an application and counts the forms it has handled."""

    def __init__(self, app: Callable) -> None:
        self.app = app
        self._moved = threading.Condition()
        self._posts, self._is_open = 0, True

    def __call__(self, environ, start_response):
        answer = self.app(environ, start_response)
        with self._moved:
            self._posts += environ["REQUEST_METHOD"] == "POST"
            self._moved.notify_all()
        self._until(lambda: self._is_open)
        return answer

    @contextlib.contextmanager
    def posts(self, how_many: int) -> Iterator[None]:
        """Leave the block when so many more forms have been handled, whether their answers were
        awaited or not.
        """
        wanted = self._posts + how_many
        yield
        self._until(lambda: self._posts >= wanted)

    @contextlib.contextmanager
    def shut(self) -> Iterator[None]:
        """What comes in is handled; no answer goes out before the end of the block."""
        self._set_open(False)
        try:
            yield
        finally:
            self._set_open(True)

    def _set_open(self, is_open: bool) -> None:
        with self._moved:
            self._is_open = is_open
            self._moved.notify_all()

    def _until(self, reached: Callable[[], bool]) -> None:
        with self._moved:
            assert self._moved.wait_for(reached, LONGEST_WAIT), "nothing came through the door"
