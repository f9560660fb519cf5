"""Codes as phones get them: the local gateway's file, read as it grows."""

import json
import re
import threading
import time
from pathlib import Path

DIGITS = re.compile(r"(?<!\d)(\d{6})(?!\d)")
MOBILE_DIGITS = 11
# A code whose worker was killed goes out again once its lease is over, with the next round.
SECONDS, PAUSE_SECONDS = 75, 0.02


class Inbox:
    """The messages of all hosts; the newest code for a number is the one that counts."""

    def __init__(self, *instances: Path) -> None:
        self._files = [one / "outbox" / "sms.jsonl" for one in instances]
        self._read = dict.fromkeys(self._files, 0)
        self._codes: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def code(self, mobile: str) -> str:
        """Return a code that this has not told before. Raises: TimeoutError."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with self._lock:
                self._look()
                if self._codes.get(mobile):
                    return self._codes[mobile].pop()
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError("no code came")

    def _look(self) -> None:
        for path in self._files:
            if not path.exists():
                continue
            with path.open("rb") as file:
                file.seek(self._read[path])
                lines = file.read()
            whole = lines.rfind(b"\n") + 1
            self._read[path] += whole
            for line in lines[:whole].splitlines():
                told = json.loads(line)
                if found := DIGITS.search(told["text"]):
                    self._codes.setdefault(told["to"][-MOBILE_DIGITS:], []).append(found[1])
