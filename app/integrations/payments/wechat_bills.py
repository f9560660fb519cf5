"""The trade bill of WeChat Pay: a line a payment or refund, then what it comes to; every value
begins with a backtick so that spreadsheets leave it alone.
"""

import gzip
import hashlib
import io
import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.integrations.payments.plain_values import NotPlain, beijing_time, fee_of, fen_of
from app.ports.payments import ChannelDown, StatementLine

ZIPPED = b"\x1f\x8b"
# Far above a day of any lender; a packed file must not fill the memory.
MOST_BYTES = 512 * 1024 * 1024
FIRST, SUMS = "交易时间", "总交易单数"
PAYMENT, REFUNDS = "SUCCESS", ("REFUND", "REVOKED")
FAILED = "FAIL"  # of a refund: the money never went
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BillFile:
    """A bill, unpacked, and its hash as WeChat Pay promises it."""

    content: bytes
    sha1: str


def digest_of(body: bytes) -> BillFile | None:
    """Unpack a bill and hash it; nothing where it cannot be unpacked."""
    try:
        content = _unpacked(body) if body.startswith(ZIPPED) else body
    except (OSError, EOFError, zlib.error):
        return None
    # Theirs to choose. It tells a broken file; who sent it, TLS tells.
    return BillFile(content, hashlib.sha1(content, usedforsecurity=False).hexdigest())


def lines_of(content: bytes) -> list[StatementLine]:
    """Return the lines of a bill once they come to its sums. Raises ChannelDown."""
    try:
        return _lines(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, NotPlain, KeyError, ValueError, InvalidOperation) as fault:
        log.warning("wechat: a bill that cannot be read: %s %s", type(fault).__name__, fault)
        raise ChannelDown from fault


def _unpacked(body: bytes) -> bytes:
    with gzip.open(io.BytesIO(body)) as file:
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise OSError("too long")
    return found


def _lines(text: str) -> list[StatementLine]:
    lines = [one for one in text.splitlines() if one.strip()]
    if not lines or not lines[0].startswith(FIRST):
        raise NotPlain("heading")
    at = next((n for n, one in enumerate(lines) if one.startswith(SUMS)), len(lines))
    if len(lines) != at + 2:
        raise NotPlain("sums")
    rows = [_row(lines[0], one) for one in lines[1:at]]
    _check(rows, _row(lines[at], lines[at + 1]))
    return [found for row in rows if (found := _line(row)) is not None]


def _row(heading: str, line: str) -> dict[str, str]:
    """A title may hold commas, so only one with a backtick behind it parts two values."""
    if not line.startswith("`"):
        raise NotPlain("line")
    names, values = heading.strip().split(","), line.strip()[1:].split(",`")
    return dict(zip(names, values, strict=True))


def _check(rows: list[dict[str, str]], sums: Mapping[str, str]) -> None:
    """A bill that broke off has no sums, or others."""
    if Decimal(sums[SUMS]) != len(rows):
        raise NotPlain("count")
    paid = [fen_of(row["订单金额"]) for row in rows if row["交易状态"] == PAYMENT]
    every = [fen_of(row["订单金额"]) for row in rows]
    if fen_of(sums["订单总金额"]) not in (sum(paid), sum(every)):
        raise NotPlain("sum of orders")
    if fen_of(sums["申请退款总金额"]) != sum(fen_of(row["申请退款金额"]) for row in rows):
        raise NotPlain("sum of refunds")


def _line(row: Mapping[str, str]) -> StatementLine | None:
    state, number, at = row["交易状态"], row["商户订单号"], beijing_time(row["交易时间"])
    if row["货币种类"] != "CNY":
        raise NotPlain("currency")
    # Kept of a payment, given back of a refund, whichever sign it is printed with.
    fee = abs(fee_of(row["手续费"]))
    if state == PAYMENT:
        return StatementLine("payment", number, row["微信订单号"], fen_of(row["订单金额"]), fee, at)
    if state not in REFUNDS:
        raise NotPlain("state")
    if row["退款状态"] == FAILED:
        return None
    ref, refund_number = row["微信退款单号"], row["商户退款单号"]
    fen = fen_of(row["申请退款金额"])
    return StatementLine("refund", number, ref, fen, -fee, at, refund_number)
