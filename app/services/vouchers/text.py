"""The text of a voucher as canonical values: its page and its PDF are both made of it. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.domain.money import capital_rmb
from app.ports.site import Site

VoucherKind = Literal["receipt", "hold", "quote"]

# Kept with every text. A text is shown as it was issued for as long as it is kept, so its shape may
# only change with its number.
FORMAT = 1
TITLES: Mapping[VoucherKind, str] = {
    "receipt": "还款收据",
    "hold": "暂缓联络证明",
    "quote": "提前还清报价单",
}
# What is no fact of a voucher: the same facts on a later day are the same paper.
OF_THE_DAY = ("issued_on", "lender")


@dataclass(frozen=True)
class Row:
    """A line: what, a remark on it, and the sum or words that stand against it."""

    what: str
    value: str
    small: str = ""


@dataclass(frozen=True)
class RowTable:
    """Lines under a heading."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class VoucherTold:
    """What one kind of voucher tells.

    Units: fen; total_fen is what a check page holds a typed total against, None without one.
           `details` are values its check needs: ISO dates, codes, whole numbers.
    """

    kind: VoucherKind
    says: str
    facts: Sequence[Row]
    tables: Sequence[RowTable]
    notes: Sequence[str]
    check: str
    total_label: str = ""
    total_fen: int | None = None
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class VoucherHolder:
    """Whose paper it is, masked already, for papers are passed on."""

    name: str
    id_masked: str

    @property
    def called(self) -> str:
        """Return how a sentence names them."""
        return f"{self.name}（证件号码 {self.id_masked}）"


def voucher_text(
    told: VoucherTold, *, holder: VoucherHolder, site: Site, issued_on: date
) -> dict[str, Any]:
    """Return all that a voucher says, its number and code apart.

    Units:  _fen, dates ISO.
    Source: U-01, U-03, I-16.
    """
    total = None
    if told.total_fen is not None:
        fen = told.total_fen
        total = {"label": told.total_label, "fen": fen, "capital": capital_rmb(fen)}
    return {
        "format": FORMAT,
        "kind": told.kind,
        "title": TITLES[told.kind],
        "issued_on": issued_on.isoformat(),
        "lender": {"name": site.lender_name, "licence": site.licence},
        "borrower": {"name": holder.name, "id_masked": holder.id_masked},
        "currency": "人民币",
        "says": told.says,
        "facts": [_row(one) for one in told.facts],
        "total": total,
        "tables": [
            {"title": one.title, "rows": [_row(row) for row in one.rows]} for one in told.tables
        ],
        "notes": list(told.notes),
        "check": told.check,
        "details": dict(told.details or {}),
    }


def facts_sha256(text: Mapping[str, Any], *, about: str) -> str:
    """Hash what a text tells, and of what (`about`), without the day of its issue: where nothing
    has changed the paper that was given is given again.
    """
    facts = {name: value for name, value in text.items() if name not in OF_THE_DAY}
    canonical = json.dumps([about, facts], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _row(row: Row) -> dict[str, str]:
    return {"what": row.what, "small": row.small, "value": row.value}
