"""The text of a certificate as canonical values, from which its page and its PDF are both made.
Pure.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.domain.calendar import add_months
from app.domain.keeping.account import COMPONENTS, Account, DuePart
from app.domain.keeping.standing import PlanStanding
from app.domain.money import capital_rmb
from app.domain.plan import KIND_NAMES
from app.domain.written_days import written_day
from app.ports.site import Site

CertificateKind = Literal["settlement", "arrears"]

# Kept with every text. A text is shown as it was issued for as long as it is kept, so its shape may
# only change with its number.
FORMAT = 1
TITLES: Mapping[CertificateKind, str] = {
    "settlement": "结清证明",
    "arrears": "逾期款还清证明",
}
PREFIXES: Mapping[CertificateKind, str] = {"settlement": "JQ", "arrears": "HQ"}
LEFT: Mapping[CertificateKind, str] = {"settlement": "现在还欠", "arrears": "还有的逾期款"}
# What we say of reporting, and how long a record is kept by law.
REPORT_WORKING_DAYS = 3
RECORD_YEARS = 5


@dataclass(frozen=True)
class PaidLoan:
    """A loan as a certificate names it."""

    ref: str
    product: str


@dataclass(frozen=True)
class CertificateFacts:
    """What a certificate tells beside where its plan stands; names are masked already.

    `loans` stand longest overdue first; `count` is how many certificates the plan had before;
    `report_by_on` the last day on which we report.
    """

    agreement: str
    borrower_name: str
    borrower_id: str
    loans: Sequence[PaidLoan]
    count: int
    issued_on: date
    report_by_on: date


def kind_of(account: Account, stands: PlanStanding) -> CertificateKind:
    """Return what a completed plan is certified: that the arrears are paid, where instalments of
    the contract come after them, else that nothing is left.

    Source: rules part 1, how a signed plan is kept: catch_up, completed.
    """
    return (
        "arrears"
        if any(not is_paid for *_of, is_paid in _regular(account, stands))
        else "settlement"
    )


def certificate_text(
    facts: CertificateFacts, *, account: Account, stands: PlanStanding, site: Site
) -> dict[str, Any]:
    """Return all that a certificate of a completed plan says.

    Units:  _fen, dates ISO. Every part of `paid` and `waived` is above zero.
    Raises: ValueError for a plan that is not completed.
    Source: R-01, R-07, R-08, U-01, I-16; rules part 1, how a signed plan is kept: completed.
    """
    if stands.completed_on is None:
        raise ValueError("only a completed plan is certified")
    kind = kind_of(account, stands)
    paid, each = Counter[str](), Counter[str]()
    for one in stands.payments:
        for covered in one.covered:
            paid[covered.component] += covered.fen
            each[covered.ref] += covered.fen
    # What the contract asked beside the plan was covered too, and is told apart.
    beside = Counter[str]()
    for ref, part, is_paid in _regular(account, stands):
        if is_paid:
            beside[part.component] += part.fen
            each[ref] -= part.fen
    return {
        "format": FORMAT,
        "kind": kind,
        "title": TITLES[kind],
        "number": _number(kind, account.plan.number, facts.count),
        "plan_number": account.plan.number,
        "plan_kind": account.plan.kind,
        "plan_kind_name": KIND_NAMES[account.plan.kind],
        "agreement": facts.agreement,
        "signed_on": account.plan.signed_on.isoformat(),
        "completed_on": stands.completed_on.isoformat(),
        "issued_on": facts.issued_on.isoformat(),
        "lender": {"name": site.lender_name, "licence": site.licence},
        "borrower": {"name": facts.borrower_name, "id_masked": facts.borrower_id},
        "currency": "人民币",
        "loans": [
            {"ref": one.ref, "product": one.product, "paid_fen": each[one.ref], "left_fen": 0}
            for one in facts.loans
        ],
        "paid": _sum(paid - beside),
        "beside": _sum(beside),
        "waived": _sum(_waived(account, stands)),
        "released_fen": stands.released_fen,
        "left": {"label": LEFT[kind], "fen": 0, "capital": capital_rmb(0)},
        "says": _says(kind, facts, stands.completed_on),
        "goes_on": _goes_on(kind),
        "credit": {
            "report_by": facts.report_by_on.isoformat(),
            "kept_until": add_months(stands.completed_on, 12 * RECORD_YEARS).isoformat(),
            "words": credit_words(kind),
        },
        "check": "本证明有核对码，任何人都可以在本站核对真伪。"
        "如果其中一笔还款后来被退回或者更正，本证明会收回，核对页写明收回的日子。",
    }


def text_sha256(text: Mapping[str, Any]) -> str:
    """Hash a text over its canonical JSON, the same taken again from what is stored.

    Source: I-11.
    """
    canonical = json.dumps(text, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def credit_words(kind: CertificateKind) -> list[str]:
    """Say what follows for the credit record and when; that a record goes early is never promised.

    Source: R-01, R-07, R-08.
    """
    what = "结清" if kind == "settlement" else "逾期款还清"
    return [
        f"{what}后 1–{REPORT_WORKING_DAYS} 个工作日内，我们向征信中心报送；什么时候显示，以征信中心为准。",
        "签署协议前如果有逾期记录，还清不会让它马上消失："
        f"从还清这天起保存 {RECORD_YEARS} 年，到期由征信中心删除。",
    ]


def _regular(account: Account, stands: PlanStanding) -> Iterable[tuple[str, DuePart, bool]]:
    """Each part of what the contract asks beside a plan, with its loan and whether it is paid."""
    paid = {
        (one.ref, one.number) for one in stands.instalments if one.is_regular and not one.left_fen
    }
    for loan in account.plan.loans:
        for part in loan.regular:
            yield loan.ref, part, (loan.ref, part.number) in paid


def _says(kind: CertificateKind, facts: CertificateFacts, completed_on: date) -> str:
    who = f"兹证明{facts.borrower_name}（证件号码 {facts.borrower_id}）在本公司的下列借款，"
    day = written_day(completed_on)
    if kind == "settlement":
        return f"{who}已于 {day}全部结清，本金、利息、罚息、费用的余额均为零。"
    return (
        f"{who}按协议 {facts.agreement} 分摊的逾期款，已于 {day}全部还清，"
        "没有逾期的本金、利息、罚息和费用。"
    )


def _goes_on(kind: CertificateKind) -> str:
    if kind == "settlement":
        return ""
    return (
        "原借款合同继续有效，没到期的各期照常还。本证明不是结清证明；借款全部还清后另出结清证明。"
    )


def _number(kind: CertificateKind, plan_number: str, count: int) -> str:
    """JQ-00318-1: the plan's number, and which of its certificates this is."""
    return f"{PREFIXES[kind]}-{plan_number.rpartition('-')[2]}-{count + 1}"


def _waived(account: Account, stands: PlanStanding) -> Counter[str]:
    """What is waived is earned by completion; nothing of it counts before."""
    found = Counter[str]()
    if stands.waived_fen:
        for loan in account.plan.loans:
            for one in loan.waivers:
                found[one.component] += one.fen
    return found


def _sum(parts: Mapping[str, int]) -> dict[str, Any]:
    fen = sum(parts.values())
    return {"fen": fen, "capital": capital_rmb(fen), "parts": list(_parts(parts))}


def _parts(parts: Mapping[str, int]) -> Iterable[dict[str, Any]]:
    # Principal first on paper: people look for the largest sum.
    for name in reversed(COMPONENTS):
        if parts.get(name):
            yield {"component": name, "fen": parts[name]}
