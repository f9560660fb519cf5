"""A certificate's text as the strings its PDF shows: amounts, dates and the code to check it by.
Pure.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from app.domain.calendar import BEIJING
from app.domain.money import yuan
from app.domain.plan_terms import ORDER_NAMES

DOCUMENT = "certificate"
# Told apart from the plan's own interest.
NAMES = ORDER_NAMES | {"interest": "原合同的利息"}


def paper_values(
    *,
    text: Mapping[str, Any],
    text_sha256: str,
    check_code: str,
    base_url: str,
    sealed_at: datetime,
) -> dict[str, Any]:
    """Return what the document "certificate" is made of; the same certificate gives the same
    values.

    Source: U-01, U-03, I-11.
    """
    return {
        "title": text["title"],
        "number": text["number"],
        "lender": text["lender"],
        "says": text["says"],
        "goes_on": text["goes_on"],
        "facts": [
            ["借款人", f"{text['borrower']['name']}　证件号码 {text['borrower']['id_masked']}"],
            ["出借人", f"{text['lender']['name']}（{text['lender']['licence']}）"],
            [
                "协议",
                f"{text['agreement']}，{day(text['signed_on'])}签署，{text['plan_kind_name']}",
            ],
            ["还清的日子", day(text["completed_on"])],
        ],
        "loans": [
            [one["product"], one["ref"], yuan(one["paid_fen"]), yuan(one["left_fen"])]
            for one in text["loans"]
        ],
        "paid": [[NAMES[one["component"]], yuan(one["fen"])] for one in text["paid"]["parts"]],
        "total": {"figure": yuan(text["paid"]["fen"]), "capital": text["paid"]["capital"]},
        "waived": [
            [f"减免{NAMES[one['component']]}，已经兑现", yuan(one["fen"])]
            for one in text["waived"]["parts"]
        ],
        "released": yuan(text["released_fen"]) if text["released_fen"] else "",
        "beside": yuan(text["beside"]["fen"]) if text["beside"]["fen"] else "",
        "left": {
            "label": text["left"]["label"],
            "figure": yuan(text["left"]["fen"]),
            "capital": text["left"]["capital"],
        },
        "credit": text["credit"]["words"],
        "check": text["check"],
        "issued_on": day(text["issued_on"]),
        "sealed_at": _instant(sealed_at),
        "created": _clock(sealed_at),
        "text_sha256": text_sha256,
        "check_code": check_code,
        "check_url": f"{base_url.rstrip('/')}/check/{check_code}",
    }


def day(iso: str) -> str:
    """Return a day as papers write it: 2026年11月23日."""
    found = date.fromisoformat(iso)
    return f"{found.year}年{found.month}月{found.day}日"


def _clock(at: datetime) -> dict[str, int]:
    """The instant the document calls its creation: that of the seal, in UTC as PDF has it."""
    utc = at.astimezone(UTC)
    names = ("year", "month", "day", "hour", "minute", "second")
    return {name: getattr(utc, name) for name in names}


def _instant(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{day(local.date().isoformat())} {local.hour}:{local.minute:02d}"
