"""The clauses of an agreement in the order they are read; their numbers come from terms and policy.
Pure.
"""

from typing import Any

from app.domain.notices import limitation_notice
from app.domain.written_days import written_day
from app.services.clauses.charging import interest_words
from app.services.clauses.contract import contract_words, credit_words, replaces_words, rights_words
from app.services.clauses.facts import ClauseFacts
from app.services.clauses.keeping import date_words, early_words, missed_words
from app.services.clauses.paying import loans_words, order_of_payment_words
from app.services.clauses.waiving import waiver_words

# The grave ones: a single box for all would prove nothing (N-11).
CONFIRMED = ("limitation", "missed", "credit", "order")


def agreement_clauses(facts: ClauseFacts) -> list[dict[str, Any]]:
    """Return the clauses in the order they are read; those to be confirmed one by one stand first.

    Source: N-02, N-04, N-11, M-01, M-07, M-10, M-11, R-07, I-10; rules part 1, how a signed plan is
            kept; default policy, in a plan and limitation in words.
    """
    title = "没有按时还上会怎样" if facts.terms.periods == 1 else "有一期没还上会怎样"
    found = [
        _clause("limitation", "诉讼时效", _limitation(facts)),
        _clause("missed", title, missed_words(facts)),
        _clause("credit", "征信记录", credit_words(facts)),
        _clause("order", "还款顺序", order_of_payment_words(facts)),
        _clause("interest", "方案期间的利息和费用", interest_words(facts)),
    ]
    if facts.is_several:
        found.append(_clause("loans", "几笔借款一起还", loans_words(facts)))
    if facts.terms.replaces:
        found.append(_clause("replaces", "取代原来的还款协议", replaces_words(facts)))
    if facts.terms.waived_fen:
        found.append(_clause("waiver", "减免", waiver_words(facts)))

    return [
        *found,
        _clause("early", "提前还款", early_words(facts)),
        _clause("date", "改还款日", date_words(facts)),
        _clause("contact", "不催收", [CONTACT]),
        _clause("rights", "双方的权利和义务", rights_words(facts)),
        _clause("contract", "和原借款合同的关系", contract_words(facts)),
        _clause("form", "电子签署", [FORM]),
    ]


def _clause(code: str, title: str, words: list[str]) -> dict[str, Any]:
    return {"code": code, "title": title, "words": words, "confirm": code in CONFIRMED}


def _limitation(facts: ClauseFacts) -> list[str]:
    last = written_day(facts.terms.ends_on)
    if facts.terms.periods == 1:
        return [limitation_notice(facts.policy), f"本方案的到期日是 {last}。"]
    words = f"本方案最后一期的到期日是 {last}。"
    if facts.kind == "catch_up":
        words += (
            f"原借款合同照常的各期，最后一期的到期日是 {written_day(facts.loans[0].last_due_on)}。"
        )
    return [limitation_notice(facts.policy), words]


CONTACT = "签署后只要按方案还款，我们不催收，也不委托他人催收；到期前只发还款提醒。"
FORM = "您用短信验证码确认，我们用电子签名签章，双方认可这样签署与手写签名有同等效力。本协议用中文订立，金额为人民币。"
