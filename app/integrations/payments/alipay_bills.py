"""The trade bill of Alipay: a zip of tables in GBK; that of single trades has its sums below."""

import csv
import io
import logging
import re
import zipfile
import zlib
from collections.abc import Mapping

from app.integrations.payments.plain_values import NotPlain, beijing_time, fen_of
from app.ports.payments import ChannelDown, StatementLine

ENCODING = "gb18030"  # which holds GBK
# Far above a day of any lender; a packed file must not fill the memory.
MOST_BYTES, MOST_FILES = 512 * 1024 * 1024, 20
START, END = "业务明细列表-", "业务明细列表结束"
SUMS = re.compile(r"#+(交易|退款)合计：([0-9]+)笔，[^，]*?共(-?[0-9.]+)元")
KINDS = ("交易", "退款")
FAULTS = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, RuntimeError)
log = logging.getLogger(__name__)


def lines_of(body: bytes) -> list[StatementLine]:
    """Return the lines of a bill once they come to its sums. Raises ChannelDown."""
    try:
        return _lines(_details(body))
    except FAULTS as fault:
        log.warning("alipay: a bill that cannot be read: %s %s", type(fault).__name__, fault)
        raise ChannelDown from fault


def _details(body: bytes) -> str:
    """The table of single trades: beside it lies one of sums by shop, under names that a zip keeps
    in no encoding one may rely on.
    """
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        members = [one for one in file.infolist() if not one.is_dir()]
        if len(members) > MOST_FILES or sum(one.file_size for one in members) > MOST_BYTES:
            raise NotPlain("too long")
        texts = [file.read(one).decode(ENCODING) for one in members]
    found = [one for one in texts if START in one]
    if len(found) != 1:
        raise NotPlain("table")
    return found[0]


def _lines(text: str) -> list[StatementLine]:
    lines = [one.strip() for one in text.splitlines()]
    start = next(n for n, one in enumerate(lines) if START in one)
    end = next((n for n, one in enumerate(lines) if END in one), None)
    if end is None:
        raise NotPlain("broken off")
    rows = [
        {name.strip(): (value or "").strip() for name, value in row.items() if name}
        for row in csv.DictReader(lines[start + 1 : end])
    ]
    _check(rows, lines[end:])
    return [_line(row) for row in rows]


def _check(rows: list[dict[str, str]], below: list[str]) -> None:
    """A bill that broke off has no sums, or others."""
    sums = {found[1]: (int(found[2]), fen_of(found[3])) for one in below if (found := _sums(one))}
    for kind in KINDS:
        mine = [fen_of(row["商家实收（元）"]) for row in rows if row["业务类型"] == kind]
        if sums.get(kind) != (len(mine), sum(mine)):
            raise NotPlain(f"sums of {kind}")


def _sums(line: str) -> re.Match[str] | None:
    return SUMS.match(line)


def _line(row: Mapping[str, str]) -> StatementLine:
    number, ref, at = row["商户订单号"], row["支付宝交易号"], beijing_time(row["完成时间"])
    # Kept of a payment, given back of a refund, whichever sign it is printed with; refunds are
    # printed below zero.
    fen, fee = abs(fen_of(row["订单金额（元）"])), abs(fen_of(row["服务费（元）"]))
    if row["业务类型"] == KINDS[0]:
        return StatementLine("payment", number, ref, fen, fee, at)
    if row["业务类型"] != KINDS[1]:
        raise NotPlain("kind")
    return StatementLine("refund", number, ref, fen, -fee, at, row["退款批次号/请求号"])
