"""Delivery receipts of Tencent Cloud SMS: it calls an address of ours with a list in JSON, several
messages in one.
"""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.domain.calendar import BEIJING
from app.ports.sms import Receipt, Receipts, ReceiptsUnreadable, Why

DELIVERED, FAILED = "SUCCESS", "FAIL"
ID = re.compile(r"[!-~]{1,64}")
CODE = re.compile(r"[A-Za-z0-9:_.-]{1,40}")
# The codes come from carriers, who have no list in common; what cannot be told apart is not.
BLOCKED = re.compile(r"BLACK|BLOCK|KEYWORD|REJECT|-106|MA:", re.IGNORECASE)
UNREACHABLE = re.compile(r"UNDELIV|EXPIRED|MK:|MN:|MI:|NOROUTE|00[0-9]\Z", re.IGNORECASE)


class TencentReceipts(Receipts):
    """The provider signs nothing: who calls is known by a key in the address it was given."""

    thanks = MappingProxyType({"result": 0, "errmsg": "OK"})

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def is_its_key(self, key: str) -> bool:
        """Whether the key is the one of our settings; how long it takes tells nothing."""
        return bool(self._key) and hmac.compare_digest(key.encode(), self._key)

    def read(self, body: bytes) -> tuple[Receipt, ...]:
        """Read what it sent; the number in it is not looked at. Raises ReceiptsUnreadable."""
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as fault:
            raise ReceiptsUnreadable from fault
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            raise ReceiptsUnreadable
        return tuple(_receipt(one) for one in told)

    def waiting(self) -> tuple[Receipt, ...]:
        """Nothing: it calls."""
        return ()


def _receipt(told: Mapping[str, Any]) -> Receipt:
    serial, status = told.get("sid"), told.get("report_status")
    is_told = isinstance(serial, str) and ID.fullmatch(serial) and status in (DELIVERED, FAILED)
    if not is_told:
        return Receipt("", is_delivered=False)  # names nothing, and spoils none of the others
    code = str(told.get("errmsg") or "")
    code = code if CODE.fullmatch(code) else ""
    why: Why = "" if status == DELIVERED else _why(code)
    return Receipt(str(serial), status == DELIVERED, why, code, _at(told.get("user_receive_time")))


def _why(code: str) -> Why:
    if BLOCKED.search(code):
        return "blocked"
    return "unreachable" if UNREACHABLE.search(code) else "other"


def _at(told: Any) -> datetime | None:
    """The provider tells the time of the clock in Beijing."""
    try:
        return datetime.strptime(str(told), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
