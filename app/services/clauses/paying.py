"""In which order money is used, inside a loan and between loans of one date. Pure."""

from app.domain.plan_terms import ORDER_NAMES
from app.services.clauses.facts import ClauseFacts


def order_words(order: tuple[bool, tuple[str, ...]]) -> str:
    """Say in which order a payment is used.

    Source: M-07, M-10; rules part 1, how a signed plan is kept.
    """
    is_oldest_first, components = order
    names = [ORDER_NAMES[one] for one in components]
    if is_oldest_first:
        return f"每次还的钱，先还到期早的那一期；同一期里，先还{'，再还'.join(names)}。"
    return f"每次还的钱，先还{'，再还'.join(names)}；同一项里，先还到期早的那一期。"


def order_of_payment_words(facts: ClauseFacts) -> list[str]:
    """Say in which order a payment is used, also between loans of one date and beside a contract
    that goes on.

    Source: M-07, M-10; rules part 1, how a signed plan is kept: order, catch_up.
    """
    words = [order_words(facts.payment_order)]
    if facts.is_several:
        refs = "、".join(one.ref for one in facts.loans)
        words.append(
            "几笔借款同一天到期的，按各笔那一天还没还的金额的比例分，算到分，分以下舍去；"
            f"分不尽的零头依次归 {refs}（开始那天逾期最久的在前，一样久的借据号小的在前），每笔不超过它没还的。"
            "每一笔里再按上面的顺序还。"
        )
    if facts.kind == "catch_up":
        words.append("本方案的一期和原借款合同的一期同一天到期的，先还本方案的，再还原合同的。")
    return words


def loans_words(facts: ClauseFacts) -> list[str]:
    """Say what several loans in one plan share, and what stays each loan's own.

    Source: rules part 1, several loans in one plan.
    """
    count = len(facts.loans)
    return [
        f"本方案把 {count} 笔借款放在一起还：还款表里每一期的金额是各笔当期金额的和，每一笔的份额列在“每笔借款的份额”里。",
        "欠款、利率、减免和份额，每一笔各算各的；是不是按时还、方案是不是继续，几笔合在一起算。",
    ]
