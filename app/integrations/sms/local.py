"""The local gateway: messages are lines of a file, for development and tests only. What becomes of
each can be chosen.
"""

import fcntl
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from app.ports.sms import HandedOver, Receipt, Receipts, ReceiptsUnreadable, Sms, SmsGateway

PROVIDER = "local"
DELIVERED, FAILED, SILENT = "delivered", "failed", "silent"
FATES = (DELIVERED, FAILED, SILENT)
ID_CHARS = 32


class LocalSms(SmsGateway):
    """Appends {"to", "text", "at"} lines to a file; a key that it has seen is not written again.
    `fates`: the end of a number, the empty one being all others, and what becomes of its messages.
    """

    def __init__(self, path: Path, *, fates: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._fates = fates or {"": DELIVERED}

    def send(self, sms: Sms) -> HandedOver:
        """Append one line; a line is written whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        taken = HandedOver(PROVIDER, _id(sms.key))
        line = json.dumps(
            {"to": sms.to, "text": sms.text, "at": sms.at.isoformat()}, ensure_ascii=False
        )
        # Opened anew for each: a test may take the file away between two messages.
        with self.path.with_suffix(".keys").open("a+", encoding="utf-8") as keys:
            fcntl.flock(keys, fcntl.LOCK_EX)
            if sms.key and any(self._has(place, sms) for place in _places(keys, sms.key)):
                return taken
            with self.path.open("a", encoding="utf-8") as out:
                if sms.key:
                    # Where the line will stand: who is killed before it does has not sent it.
                    keys.write(f"{sms.key} {out.tell()}\n")
                    keys.flush()
                out.write(line + "\n")
        self._tell(sms, taken)
        return taken

    def _has(self, place: int, sms: Sms) -> bool:
        """Whether the message stands at its place, or stood in a file that was taken away."""
        if not self.path.exists() or self.path.stat().st_size < place:
            return True
        with self.path.open(encoding="utf-8") as lines:
            lines.seek(place)
            line = lines.readline()
        told = json.loads(line) if line.endswith("\n") else {}
        return (told.get("to"), told.get("text")) == (sms.to, sms.text)

    def _tell(self, sms: Sms, taken: HandedOver) -> None:
        """Put down the receipt that a carrier would send."""
        ends = [end for end in self._fates if sms.to.endswith(end)]
        fate = self._fates[max(ends, key=len)] if ends else DELIVERED
        if fate != SILENT:
            with receipts_beside(self.path).open("a", encoding="utf-8") as out:
                fcntl.flock(out, fcntl.LOCK_EX)
                out.write(json.dumps({"id": taken.id, "state": fate}) + "\n")


class LocalReceipts(Receipts):
    """The receipts that lie beside the file of messages; they can be posted as well."""

    thanks = MappingProxyType({"result": 0})

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = receipts_beside(path), key.encode()

    def is_its_key(self, key: str) -> bool:
        """Whether the key is the one of the settings."""
        return hmac.compare_digest(key.encode(), self._key)

    def read(self, body: bytes) -> tuple[Receipt, ...]:
        """Read a JSON list of {"id", "state"}. Raises ReceiptsUnreadable."""
        try:
            told = json.loads(body)
            return tuple(_receipt(one) for one in told)
        except (ValueError, RecursionError, TypeError, LookupError) as fault:
            raise ReceiptsUnreadable from fault

    def waiting(self) -> tuple[Receipt, ...]:
        """Take the lines away and return them."""
        if not self._path.exists():
            return ()
        with self._path.open("r+", encoding="utf-8") as lines:
            fcntl.flock(lines, fcntl.LOCK_EX)
            told = [json.loads(line) for line in lines]
            lines.truncate(0)
        return tuple(map(_receipt, told))


def receipts_beside(path: Path) -> Path:
    """Where the receipts lie."""
    return path.with_suffix(".receipts")


def _receipt(told: Mapping[str, Any]) -> Receipt:
    given, is_delivered = str(told["id"])[:ID_CHARS], told["state"] == DELIVERED
    return Receipt(given, is_delivered, "" if is_delivered else "unreachable")


def _id(key: str) -> str:
    """The same for a message that is handed over anew."""
    return hashlib.sha256(key.encode()).hexdigest()[:ID_CHARS] if key else uuid.uuid4().hex


def _places(keys: IO[str], key: str) -> list[int]:
    keys.seek(0)
    told = (line.rpartition(" ") for line in keys)
    return [int(place) for given, _, place in told if given == key]
