"""An agreement's text as the strings its PDF shows: amounts, dates and the code to check it by.
Pure.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.calendar import BEIJING, beijing_date
from app.domain.money import capital_rmb, exact_percent, figure, percent, yuan
from app.domain.plan_terms import COMPONENT_NAMES
from app.services.agreements.act import (
    SigningAct,
    act_rows,
    act_values,
    attached_words,
    attachments,
)

DOCUMENT = "agreement"
COLUMNS = ("principal_fen", "interest_fen", "penalty_fen", "fee_fen", "amount_fen")


def paper_values(
    *,
    text: Mapping[str, Any],
    text_sha256: str,
    check_code: str,
    base_url: str,
    act: SigningAct,
) -> dict[str, Any]:
    """Return what the document "agreement" is made of; the same agreement gives the same values.

    Source: N-02, U-01, U-03, I-11.
    """
    # The text has no date of signature; what follows from one is added here and is not part of the
    # hash (ADR 0019).
    first, signed_on = text["first_payment"], beijing_date(act.signed_at)
    done = act_values(act, text=text, text_sha256=text_sha256)
    old_interest_fen = text["sums"]["old_interest_fen"]
    rows = []
    if first:
        due_on = first_due_on(text, signed_on)
        rows.append(_schedule_line(first | {"due_on": due_on.isoformat()}))

    return {
        "title": text["title"],
        "number": text["number"],
        "kind": text["kind_name"],
        "lender": text["lender"],
        "parties": _parties(text),
        "signed_at": _instant(act.signed_at),
        "created": _clock(act.signed_at),
        "owed": _owed(text),
        "facts": _facts(text),
        "total": {"figure": yuan(text["total_fen"]), "capital": text["total_capital"]},
        "rows": rows + [_schedule_line(one) for one in text["instalments"]],
        "sums": [figure(_columns(text["sums"])[name]) for name in COLUMNS],
        "old_interest": yuan(old_interest_fen) if old_interest_fen else "",
        "cost": _cost(text["cost"]),
        "grave": [one for one in text["clauses"] if one["confirm"]],
        "clauses": [one for one in text["clauses"] if not one["confirm"]],
        "payee": _pairs(
            {"收款人": "name", "开户银行": "bank", "账号": "account", "备注": "remark"},
            text["payee"],
        ),
        "payee_shows": text["payee"]["shows"],
        "ways": [[one["what"], one["how"]] for one in text["ways"]],
        "policy_version": text["policy_version"],
        "text_sha256": text_sha256,
        "check_code": check_code,
        "check_url": f"{base_url.rstrip('/')}/check/{check_code}",
        "act": act_rows(done),
        "attached": attached_words(),
        "attachments": attachments(done, text=text),
    }


def first_due_on(text: Mapping[str, Any], signed_on: date) -> date:
    """Return when the first payment of a signed text is due: before instalment 1, never before the
    signature.

    Source: ADR 0008.
    """
    before = date.fromisoformat(text["instalments"][0]["due_on"]) - timedelta(days=1)
    return max(
        signed_on,
        min(signed_on + timedelta(days=text["first_payment"]["days_after_signing"]), before),
    )


def _parties(text: Mapping[str, Any]) -> list[list[str]]:
    loan, start_on = text["loan"], _day(text["loan"]["start_on"])
    return [
        ["出借人", f"{text['lender']['name']}（{text['lender']['licence']}）"],
        ["借款人", f"{text['borrower']['name']}　证件号码 {text['borrower']['id_masked']}"],
        ["原借款", f"{loan['product']}　借据号 {loan['ref']}　合同编号 {loan['contract_no']}"],
        [
            "",
            f"{start_on}放款 {yuan(loan['principal_fen'])}，年利率 {exact_percent(loan['annual_ppm'])}",
        ],
    ]


def _owed(text: Mapping[str, Any]) -> list[list[str]]:
    """The balance by component, what is waived and what is left to plan."""
    # Principal first on paper: people look for the largest sum.
    rows = [
        [COMPONENT_NAMES[name], yuan(text["owed"][f"{name}_fen"])]
        for name in reversed(COMPONENT_NAMES)
    ]
    if text["waived"]:
        rows.append(["减免罚息", yuan(-text["waived"]["fen"])])

    return [*rows, ["本方案安排归还", yuan(text["planned_fen"])]]


def _facts(text: Mapping[str, Any]) -> list[list[str]]:
    pay_day = "每月最后一天" if text["pay_day"] == "last" else f"每月 {text['pay_day']} 日"
    ends_on = _day(text["ends_on"])
    rows = [
        [
            "截至",
            f"{_day(text['start_on'])}，应还 {yuan(text['payoff_fen'])}（{text['payoff_capital']}）",
        ],
        ["方式", f"{text['kind_name']}，{text['periods']} 期，{text['currency']}"],
        ["还款日", ends_on if text["kind"] == "settlement" else f"{pay_day}，最后一期 {ends_on}"],
        [text["annual_rate_label"], percent(text["annual_rate_ppm"])],
    ]
    if text["excess_fen"]:
        rows.append(["超过上限的息费", f"{yuan(text['excess_fen'])}，已先扣去，不用还"])

    first = text["first_payment"]
    if first:
        by = f"签署后 {first['days_after_signing']} 天内，不晚于第一期"
        rows.insert(2, ["先还", f"{yuan(first['amount_fen'])}，{by}"])

    return rows


def _schedule_line(row: Mapping[str, Any]) -> dict[str, Any]:
    columns = _columns(row)
    name = "先还" if row["number"] == 0 else str(row["number"])

    return {
        "name": name,
        "due_on": _day(row["due_on"]),
        "figures": [figure(columns[one]) for one in COLUMNS],
        "capital": capital_rmb(row["amount_fen"]).removeprefix("人民币"),
    }


def _columns(row: Mapping[str, Any]) -> dict[str, int]:
    """Interest owed before and interest of the plan stand in one column."""
    return {name: row[name] for name in COLUMNS} | {
        "interest_fen": row["interest_fen"] + row["old_interest_fen"]
    }


def _cost(cost: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "principal": yuan(cost["principal_fen"]),
        "items": [
            [*_what(one), yuan(one["fen"]), percent(one["annual_rate_ppm"])]
            for one in cost["items"]
        ],
        "annual_rate": percent(cost["annual_rate_ppm"]),
        "if_broken": [[*_what(one), exact_percent(one["annual_ppm"])] for one in cost["if_broken"]],
        "words": cost["words"],
    }


def _what(line: Mapping[str, Any]) -> list[str]:
    return [line["item"], line["how"], line["payee"]]


def _pairs(names: Mapping[str, str], values: Mapping[str, str]) -> list[list[str]]:
    return [[label, values[name]] for label, name in names.items()]


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"


def _clock(at: datetime) -> dict[str, int]:
    """The instant the document calls its creation: that of the signature, in UTC as PDF has it."""
    utc = at.astimezone(UTC)
    names = ("year", "month", "day", "hour", "minute", "second")
    return {name: getattr(utc, name) for name in names}


def _instant(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{_day(local.date().isoformat())} {local.hour}:{local.minute:02d}"
