"""A voucher's text as the strings its PDF shows: dates and the code to check it by. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.domain.money import yuan
from app.domain.written_days import pdf_clock, written_day, written_instant

DOCUMENT = "voucher"


def paper_values(
    *,
    number: str,
    text: Mapping[str, Any],
    text_sha256: str,
    check_code: str,
    base_url: str,
    sealed_at: datetime,
) -> dict[str, Any]:
    """Return what the document "voucher" is made of; the same voucher gives the same values.

    Source: U-01, U-03, I-11.
    """
    total = text["total"]
    lender = text["lender"]
    return {
        "title": text["title"],
        "number": number,
        "lender": lender,
        "says": text["says"],
        "facts": [
            *(_row(one) for one in text["facts"]),
            ["出具人", f"{lender['name']}（{lender['licence']}）", ""],
        ],
        "total": total and [total["label"], yuan(total["fen"]), total["capital"]],
        "tables": [
            {"title": one["title"], "rows": [_row(row) for row in one["rows"]]}
            for one in text["tables"]
        ],
        "notes": text["notes"],
        "check": text["check"],
        "issued_on": written_day(date.fromisoformat(text["issued_on"])),
        "sealed_at": written_instant(sealed_at),
        "created": pdf_clock(sealed_at),
        "text_sha256": text_sha256,
        "check_code": check_code,
        "check_url": f"{base_url.rstrip('/')}/check/{check_code}",
    }


def _row(row: Mapping[str, str]) -> list[str]:
    return [row["what"], row["value"], row["small"]]
