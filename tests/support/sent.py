"""What the local gateway was handed."""

import json
import re
from pathlib import Path

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class SentMessages:
    """Messages of one installation, oldest first; `code(mobile)` is the last code sent there."""

    def __init__(self, instance_dir: Path) -> None:
        self.path = instance_dir / "outbox" / "sms.jsonl"

    def all(self) -> list[dict]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def to(self, mobile: str) -> list[str]:
        return [message["text"] for message in self.all() if message["to"].endswith(mobile)]

    def code(self, mobile: str) -> str:
        found = [code for text in self.to(mobile) for code in CODE.findall(text)]
        assert found, f"no code was sent to {mobile}"
        return found[-1]
