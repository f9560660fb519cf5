"""The local gateway: messages are lines of a file, for development and tests only."""

import json
from pathlib import Path

from app.ports.sms import Sms


class LocalSms:
    """Appends {"to", "text", "at"} lines to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, sms: Sms) -> None:
        """Append one line; a line is written whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(
            {"to": sms.to, "text": sms.text, "at": sms.at.isoformat()}, ensure_ascii=False
        )
        # Opened anew for each: a test may take the file away between two messages.
        with self.path.open("a", encoding="utf-8") as out:
            out.write(line + "\n")
