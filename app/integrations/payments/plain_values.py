"""Sums and times as channels write them: yuan with decimals to whole fen, Beijing time to an
instant; nothing passes through a float.
"""

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from app.domain.calendar import BEIJING

YUAN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2})0*)?")
FEE = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
FORM = "%Y-%m-%d %H:%M:%S"


class NotPlain(ValueError):
    """A sum or a time that is none, or is finer than a fen."""


def fen_of(text: object) -> int:
    """Return a sum of yuan, as text, in fen. Raises NotPlain, never rounds."""
    found = YUAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise NotPlain("sum")
    sign, yuan, part = found.groups()
    fen = int(yuan) * 100 + int((part or "0").ljust(2, "0"))
    return -fen if sign else fen


def fee_of(text: str) -> int:
    """Return a fee of yuan, as text, in fen: WeChat Pay prints parts of a fen, which are rounded
    half up. Raises NotPlain.
    """
    if FEE.fullmatch(text.strip()) is None:
        raise NotPlain("fee")
    return int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def yuan_of(fen: int) -> str:
    """Return fen above zero as yuan with two decimals."""
    return f"{above_zero(fen) // 100}.{fen % 100:02}"


def whole(value: object) -> int:
    """Return a number of fen above zero that came as a number. Raises NotPlain."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotPlain("sum")
    return above_zero(value)


def above_zero(fen: int) -> int:
    """Return what was paid or sent back. Raises NotPlain where that is nothing."""
    if fen <= 0:
        raise NotPlain("sum")
    return fen


def beijing_time(text: object) -> datetime:
    """Return the instant of a time without a zone, which is Beijing's. Raises NotPlain."""
    try:
        return datetime.strptime(str(text).strip(), FORM).replace(tzinfo=BEIJING)
    except ValueError as fault:
        raise NotPlain("time") from fault


def beijing_text(instant: datetime) -> str:
    """Return an instant as Beijing's clocks show it."""
    return instant.astimezone(BEIJING).strftime(FORM)


def zoned_time(text: object) -> datetime:
    """Return the instant of a time with its zone (RFC 3339). Raises NotPlain."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as fault:
        raise NotPlain("time") from fault
    if found.tzinfo is None:
        raise NotPlain("time")
    return found
