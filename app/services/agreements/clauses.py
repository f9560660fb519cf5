"""The sentences of an agreement, in Chinese, which binds; its numbers come from terms and policy.
Pure.
"""

from dataclasses import dataclass
from typing import Any

from app.domain.money import capital_rmb, exact_percent, yuan
from app.domain.notices import limitation_notice
from app.domain.plan_terms import ORDER_NAMES, PlannedTerms
from app.domain.policy import Policy

# The grave ones: a single box for all would prove nothing (N-11).
CONFIRMED = ("limitation", "missed", "credit", "order")


@dataclass(frozen=True)
class ClauseFacts:
    """What the sentences name.

    Units: ppm a year; the order of payments as order_of returns it.
    """

    terms: PlannedTerms
    contract_ppm: int
    day_basis: int
    penalty_ppm: int
    payment_order: tuple[bool, tuple[str, ...]]
    policy: Policy


def agreement_clauses(facts: ClauseFacts) -> list[dict[str, Any]]:
    """Return the clauses in the order they are read; those to be confirmed one by one stand first.

    Source: N-02, N-04, N-11, M-01, M-07, M-10, M-11, R-07, I-10; default policy, in a plan and
            limitation in words.
    """
    clauses = [
        _clause("limitation", "诉讼时效", _limitation(facts)),
        _clause("missed", "有一期没还上会怎样", _missed(facts)),
        _clause("credit", "征信记录", CREDIT),
        _clause("order", "还款顺序", [order_words(facts.payment_order)]),
        _clause("interest", "方案期间的利息和费用", _interest(facts)),
    ]
    if facts.terms.waived_fen:
        clauses.append(_clause("waiver", "减免", [waiver_words(facts.terms)]))

    return [
        *clauses,
        _clause("early", "提前还款", EARLY),
        _clause("date", "改还款日", _date_change(facts)),
        _clause("contact", "不催收", CONTACT),
        _clause("rights", "双方的权利和义务", RIGHTS),
        _clause("contract", "和原借款合同的关系", CONTRACT),
        _clause("form", "电子签署", FORM),
    ]


def order_words(order: tuple[bool, tuple[str, ...]]) -> str:
    """Say in which order a payment is used.

    Source: M-07, M-10; rules part 1, how a signed plan is kept.
    """
    is_oldest_first, components = order
    names = [ORDER_NAMES[one] for one in components]
    if is_oldest_first:
        return f"每次还的钱，先还到期早的那一期；同一期里，先还{'，再还'.join(names)}。"
    return f"每次还的钱，先还{'，再还'.join(names)}；同一项里，先还到期早的那一期。"


def waiver_words(terms: PlannedTerms) -> str:
    """Say what is waived, on what condition, and when it comes back.

    Source: rules part 1, how a plan is computed.
    """
    amount = f"{yuan(terms.waived_fen)}（{capital_rmb(terms.waived_fen)}）"
    return f"按本方案全部还完，减免罚息 {amount}。这笔钱没有算进每一期；只有方案因没按时还而终止，才恢复计收。"


def _clause(code: str, title: str, words: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {"code": code, "title": title, "words": list(words), "confirm": code in CONFIRMED}


def _limitation(facts: ClauseFacts) -> list[str]:
    last = facts.terms.ends_on
    return [
        limitation_notice(facts.policy),
        f"本方案最后一期的到期日是 {last.year}年{last.month}月{last.day}日。",
    ]


def _missed(facts: ClauseFacts) -> list[str]:
    policy, terms = facts.policy, facts.terms
    counted = "（先还的一笔也算一期）" if terms.first_payment else ""
    # With a single instalment there is no count to reach: one is enough for the notice.
    missed = (
        f"累计 {policy.kept.missed_before_notice} 期没有按时还{counted}，"
        if terms.periods > 1
        else "没有按时还，"
    )

    words = [
        f"每一期到期后有 {policy.kept.grace_days} 天宽限，宽限期内还上不算没按时还。",
        f"{missed}我们会发通知；收到通知后 {policy.kept.cure_days} 天内补上，方案继续有效。",
        "没有补上，方案终止，恢复原借款合同：已经还的都算数；原合同里已到期而没还的款项应当还，没到期的仍按原合同的日期还；"
        f"从终止的第二天起，到期没还的本金按年利率 {exact_percent(facts.penalty_ppm)} 计罚息，方案期间的日子不补收罚息；"
        f"全部息费一年不超过 {exact_percent(policy.amounts.ceiling_ppm)}，超过的不用还。",
    ]
    if terms.waived_fen:
        words.append(f"方案终止后，减免的罚息 {yuan(terms.waived_fen)} 恢复计收。")

    return words


def _interest(facts: ClauseFacts) -> list[str]:
    terms = facts.terms
    # Negotiating costs nothing (N-14), and what is not in the table is not charged (M-06).
    rest = "不另收利息、罚息和费用，也没有任何办理费。"
    if not terms.plan_interest_fen:
        return [f"方案期间不计利息，{rest}原合同年利率 {exact_percent(facts.contract_ppm)}。"]

    return [
        f"方案期间按剩余本金计息，年利率 {exact_percent(terms.annual_ppm)}（单利），每月利息为剩余本金 × 年利率 ÷ 12，"
        f"第一期按一个月和按实际天数（一年按 {facts.day_basis} 天）两种算法里少的那个计，"
        f"都已列入还款表。原合同年利率 {exact_percent(facts.contract_ppm)}。",
        f"签署前已产生的利息、罚息和费用不再生息。除还款表所列以外，{rest}",
    ]


def _date_change(facts: ClauseFacts) -> list[str]:
    return [
        f"您可以免费改一次还款日，最多往后 {facts.policy.kept.date_change_days} 天，联系人工客服办理。"
    ]


CREDIT = (
    "签署本协议不会删除签署前的逾期记录；按时还款，不会再增加新的逾期记录，征信上可能显示为个性化分期或协议还款。",
    "方案期间再次逾期，会增加新的记录。结清后 1–3 个工作日内我们会报送，显示时间以征信中心为准；"
    "逾期记录从结清那天起保存 5 年，到期删除。",
)
EARLY = ("您可以随时提前还一部分或全部，不收手续费；提前还的本金，利息只算到实际还款那天。",)
CONTACT = ("签署后只要按方案还款，我们不催收，也不委托他人催收；到期前只发还款提醒。",)
RIGHTS = (
    "您应当按还款表的日期和金额还款；方案结清前，不再向我们申请新的借款；手机号变了请告诉我们。",
    "我们应当按本协议收款和记账，保守您的个人信息，全部还清后出具结清证明。您可以随时查看、下载本协议，要求解释，提出投诉或异议。",
)
CONTRACT = (
    "本协议变更原借款合同的还款安排；本协议没有写的，仍按原借款合同执行；两者不一致的，以本协议为准。",
)
FORM = (
    "您用短信验证码确认，我们用电子签名签章，双方认可这样签署与手写签名有同等效力。本协议用中文订立，金额为人民币。",
)
