"""An agreement's text as the strings its PDF shows: amounts, dates and the code to check it by.
Pure.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.domain.calendar import beijing_date
from app.domain.money import capital_rmb, exact_percent, figure, percent, yuan
from app.domain.plan_terms import COMPONENT_NAMES
from app.domain.written_days import pdf_clock, written_day, written_instant
from app.services.agreements.act import (
    SigningAct,
    act_rows,
    act_values,
    attached_words,
    attachments,
)
from app.services.agreements.shown import as_shown

DOCUMENT = "agreement"
# How the row is called that a plan leaves to the contract, or takes over from it.
BESIDE = {"catch_up": "按原合同继续还的", "deferral": "原合同没到期的利息"}
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
    signed, text = text, as_shown(text)
    # The text has no date of signature; what follows from one is added here and is not part of the
    # hash (ADR 0019).
    first, signed_on = text["first_payment"], beijing_date(act.signed_at)
    done = act_values(act, text=text, text_sha256=text_sha256)
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
        "signed_at": written_instant(act.signed_at),
        "created": pdf_clock(act.signed_at),
        "owed": _owed(text),
        "facts": _facts(text),
        "total": {"figure": yuan(text["total_fen"]), "capital": text["total_capital"]},
        "rows": rows + [_schedule_line(one) for one in text["instalments"]],
        "sums": [figure(_columns(text["sums"])[name]) for name in COLUMNS],
        "old_interest": _old_interest(text),
        "loans": _loans(text),
        "regular": _regular(text),
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
        "attachments": attachments(done, text=signed),
    }


def _old_interest(text: Mapping[str, Any]) -> str:
    fen = text["sums"]["old_interest_fen"]
    if not fen:
        return ""
    whose = "原合同各期的利息" if text["kind"] == "deferral" else "签署前已经产生的，不再生息"
    return f"利息一栏里，{yuan(fen)} 是{whose}。"


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
    rows = [
        ["出借人", f"{text['lender']['name']}（{text['lender']['licence']}）"],
        ["借款人", f"{text['borrower']['name']}　证件号码 {text['borrower']['id_masked']}"],
        *([["取代", f"还款协议 {text['replaces']}"]] if text.get("replaces") else []),
    ]
    if len(text["loans"]) > 1:
        return [*rows, ["原借款", f"{len(text['loans'])} 笔，见“每笔借款”"]]

    (loan,) = text["loans"]
    return [
        *rows,
        ["原借款", f"{loan['product']}　借据号 {loan['ref']}　合同编号 {loan['contract_no']}"],
        ["", f"{_lent(loan)}，年利率 {exact_percent(loan['annual_ppm'])}"],
    ]


def _lent(loan: Mapping[str, Any]) -> str:
    return f"{_day(loan['start_on'])}放款 {yuan(loan['principal_fen'])}"


def _owed(text: Mapping[str, Any]) -> list[list[str]]:
    """The balance by component, what is waived and what is left to plan."""
    # Principal first on paper: people look for the largest sum.
    rows = [
        [COMPONENT_NAMES[name], yuan(text["owed"][f"{name}_fen"])]
        for name in reversed(COMPONENT_NAMES)
    ]
    rows += [
        [f"减免{COMPONENT_NAMES[one['component']]}", yuan(-one["fen"])] for one in text["waived"]
    ]
    if beside_fen := _beside_fen(text):
        rows.append([BESIDE[text["kind"]], yuan(beside_fen)])

    return [*rows, ["本方案安排归还", yuan(text["planned_fen"])]]


def _beside_fen(one: Mapping[str, Any]) -> int:
    """What of a text or a loan the contract keeps, below zero, or brings, in fen."""
    waived = sum(waiver["fen"] for waiver in one["waived"])
    return int(one["planned_fen"] - one["payoff_fen"] + waived)


def _loans(text: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each of several loans: which it is, how its sum comes about, its share of every payment."""
    if len(text["loans"]) == 1:
        return []
    return [_loan(text, loan) for loan in text["loans"]]


def _loan(text: Mapping[str, Any], loan: Mapping[str, Any]) -> dict[str, Any]:
    rows = [*([loan["first_payment"]] if loan["first_payment"] else []), *loan["instalments"]]
    waived = "、".join(
        f"{COMPONENT_NAMES[one['component']]} {figure(one['fen'])}" for one in loan["waived"]
    )
    excess = f"超过上限 {figure(loan['excess_fen'])} 已扣去" if loan["excess_fen"] else ""
    return {
        "name": f"{loan['product']}　{loan['ref']}",
        "contract": f"合同编号 {loan['contract_no']}，{_lent(loan)}，"
        f"合同年利率 {exact_percent(loan['annual_ppm'])}，方案年利率 {loan['plan_rate']}",
        "owed": [figure(loan["owed"][f"{name}_fen"]) for name in reversed(COMPONENT_NAMES)],
        "noted": "；".join(one for one in (f"减免{waived}" if waived else "", excess) if one),
        "payoff": figure(loan["payoff_fen"]),
        "waived": figure(sum(one["fen"] for one in loan["waived"])),
        "interest": figure(loan["plan_interest_fen"]),
        "total": figure(loan["total_fen"]),
        "shares": [
            {"name": _number(row), "figures": [figure(_columns(row)[one]) for one in COLUMNS]}
            for row in rows
        ],
        "sums": [figure(_columns(loan["sums"])[one]) for one in COLUMNS],
    }


def _regular(text: Mapping[str, Any]) -> list[list[str]]:
    """What goes on by the contract beside a catch-up, and what falls due on the day in all."""
    mine = {one["due_on"]: one["amount_fen"] for one in text["instalments"]}
    return [
        [
            str(one["number"]),
            _day(one["due_on"]),
            figure(one["principal_fen"]),
            figure(one["interest_fen"]),
            figure(one["amount_fen"]),
            figure(one["amount_fen"] + mine.get(one["due_on"], 0)),
        ]
        for one in text["regular"]
    ]


def _facts(text: Mapping[str, Any]) -> list[list[str]]:
    rows = [
        [
            "截至",
            f"{_day(text['start_on'])}，应还 {yuan(text['payoff_fen'])}（{text['payoff_capital']}）",
        ],
        ["方式", f"{text['kind_name']}，{text['periods']} 期，{text['currency']}"],
        ["还款日", _pay_days(text)],
        [text["annual_rate_label"], percent(text["annual_rate_ppm"])],
    ]
    if text["excess_fen"]:
        rows.append(["超过上限的息费", f"{yuan(text['excess_fen'])}，已先扣去，不用还"])

    first = text["first_payment"]
    if first:
        by = f"签署后 {first['days_after_signing']} 天内，不晚于第一期"
        rows.insert(2, ["先还", f"{yuan(first['amount_fen'])}，{by}"])

    return rows


def _pay_days(text: Mapping[str, Any]) -> str:
    ends_on = _day(text["ends_on"])
    if text["kind"] == "settlement":
        return ends_on
    days = {None: "原合同的还款日", "last": "每月最后一天"}
    pay_day = days.get(text["pay_day"], f"每月 {text['pay_day']} 日")
    return f"{pay_day}，最后一期 {ends_on}"


def _number(row: Mapping[str, Any]) -> str:
    return str(row["number"]) if row["number"] else "先还"


def _schedule_line(row: Mapping[str, Any]) -> dict[str, Any]:
    columns = _columns(row)

    return {
        "name": _number(row),
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
    return written_day(date.fromisoformat(iso))
