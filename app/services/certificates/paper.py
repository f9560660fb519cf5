"""A certificate's text as the strings its PDF shows: amounts, dates and the code to check it by.
Pure.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.domain.money import yuan
from app.domain.plan_terms import ORDER_NAMES
from app.domain.written_days import pdf_clock, written_day, written_instant

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
                f"{text['agreement']}，{_day(text['signed_on'])}签署，{text['plan_kind_name']}",
            ],
            ["还清的日子", _day(text["completed_on"])],
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
        "issued_on": _day(text["issued_on"]),
        "sealed_at": written_instant(sealed_at),
        "created": pdf_clock(sealed_at),
        "text_sha256": text_sha256,
        "check_code": check_code,
        "check_url": f"{base_url.rstrip('/')}/check/{check_code}",
    }


def _day(iso: str) -> str:
    return written_day(date.fromisoformat(iso))
