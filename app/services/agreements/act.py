"""How a borrower signed, as a record that the paper carries: a section to read and files to check.
Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.calendar import BEIJING
from app.services.agreements.text import canonical

# A record is read as it was written for as long as its agreement is kept.
FORMAT = 1
TEXT_FILE, ACT_FILE = "agreement.json", "signing.json"


@dataclass(frozen=True)
class SigningAct:
    """What the borrower did, in the order it was done; names and numbers masked.

    `clauses`: when the confirmation of each reached us. `code`: the public id of the code asked
    for, empty where the paper is only tried.
    """

    name: str
    mobile: str
    shown_at: datetime
    required_seconds: int
    clauses: Mapping[str, datetime]
    code: str
    asked_at: datetime
    signed_at: datetime
    from_where: str

    @property
    def read_seconds(self) -> int:
        """Return for how long the text lay open before its code was asked for."""
        return int((self.asked_at - self.shown_at).total_seconds())


def act_values(act: SigningAct, *, text: Mapping[str, Any], text_sha256: str) -> dict[str, Any]:
    """Return the record as plain values: instants ISO in Beijing time, durations in seconds.

    Source: I-10, I-11, N-11, M-06.
    """
    return {
        "format": FORMAT,
        "agreement": text["number"],
        "terms_sha256": text["terms_sha256"],
        "text_sha256": text_sha256,
        "policy_version": text["policy_version"],
        "signer": {
            "name_masked": act.name,
            "id_masked": text["borrower"]["id_masked"],
            "mobile_masked": act.mobile,
        },
        "from_where": act.from_where,
        "text_shown_at": _iso(act.shown_at),
        "read_seconds": act.read_seconds,
        "read_seconds_required": act.required_seconds,
        "clauses": [
            {"code": one["code"], "title": one["title"], "confirmed_at": _iso(at)}
            for one in text["clauses"]
            if (at := act.clauses.get(one["code"])) is not None
        ],
        "code": {
            "reference": act.code,
            "asked_at": _iso(act.asked_at),
            "sent_to_masked": act.mobile,
            "confirmed_at": _iso(act.signed_at),
            "text_sha256": text_sha256,
        },
        "lender_sealed_at": _iso(act.signed_at),
    }


def act_rows(values: Mapping[str, Any]) -> list[list[str]]:
    """Return the record as lines of the paper, which names the signer above them."""
    signer, code = values["signer"], values["code"]
    read = f"{values['read_seconds']} 秒（至少 {values['read_seconds_required']} 秒）"
    sent = f"{_clock(code['asked_at'])} 发到 {signer['mobile_masked']}"
    return [
        ["阅读", f"{_clock(values['text_shown_at'])} 打开全文，读了 {read}"],
        *([_confirmed(values["clauses"])] if values["clauses"] else []),
        [
            "验证码",
            f"{sent}，{_clock(code['confirmed_at'])} 填对，从网络地址 {values['from_where']}",
        ],
        ["文本指纹", f"{values['text_sha256']}（SHA-256），验证码只对它有效"],
    ]


def attached_words() -> str:
    """Return what the paper says of the files it carries."""
    return f"本文件附有 {TEXT_FILE}（协议文本，算出来就是文本指纹）和 {ACT_FILE}（签署记录）"


def attachments(values: Mapping[str, Any], *, text: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the files that the paper carries: the very text that was hashed, and the record."""
    record = json.dumps(values, ensure_ascii=False, indent=1)
    return [
        {"name": TEXT_FILE, "content": canonical(text), "words": "协议文本"},
        {"name": ACT_FILE, "content": record, "words": "签署记录"},
    ]


def _confirmed(clauses: Sequence[Mapping[str, str]]) -> list[str]:
    told = "；".join(f"{one['title']} {_time(one['confirmed_at'])}" for one in clauses)
    return ["逐条确认", told]


def _iso(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


def _clock(iso: str) -> str:
    at = datetime.fromisoformat(iso)
    return f"{at.year}年{at.month}月{at.day}日 {_time(iso)}"


def _time(iso: str) -> str:
    at = datetime.fromisoformat(iso)
    return f"{at.hour}:{at.minute:02d}:{at.second:02d}"
