"""The local gateway: messages are lines of a file, for development and tests only."""

import fcntl
import json
from pathlib import Path
from typing import IO

from app.ports.sms import Sms, SmsGateway


class LocalSms(SmsGateway):
    """Appends {"to", "text", "at"} lines to a file; a key that it has seen is not written again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, sms: Sms) -> None:
        """Append one line; a line is written whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(
            {"to": sms.to, "text": sms.text, "at": sms.at.isoformat()}, ensure_ascii=False
        )
        # Opened anew for each: a test may take the file away between two messages.
        with self.path.with_suffix(".keys").open("a+", encoding="utf-8") as keys:
            fcntl.flock(keys, fcntl.LOCK_EX)
            if sms.key and _is_in(keys, sms.key):
                return
            with self.path.open("a", encoding="utf-8") as out:
                out.write(line + "\n")
            if sms.key:
                keys.write(sms.key + "\n")


def _is_in(keys: IO[str], key: str) -> bool:
    keys.seek(0)
    return key + "\n" in keys
