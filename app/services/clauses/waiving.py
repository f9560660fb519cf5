"""What is waived, on what condition, and when it comes back. Pure."""

from app.services.clauses.facts import ClauseFacts, waived_words, waivers_of


def waiver_words(facts: ClauseFacts) -> list[str]:
    """Say what is waived, on what condition, and when it comes back.

    Source: rules part 1, how a signed plan is kept: a waiver is earned by completion, lost only by
            a break.
    """
    amounts = waived_words(waivers_of(facts.terms))
    returns = (
        "只有方案因没按时还而终止，才恢复计收；变更方案、转让借款或者我们的原因，都不影响减免。"
    )
    if facts.kind == "settlement":
        cure = facts.policy.kept.cure_days
        words = (
            f"按约定的日子一次还清（宽限期内、收到通知后 {cure} 天内还清的也算），减免{amounts}。"
            "这笔钱没有算进要还的金额；"
        )
        return [words + returns + "那时每一项恢复多少，我们逐项告诉您。"]

    each = "每笔借款各减免多少，列在“每笔借款”里。" if facts.is_several else ""
    return [
        f"按本方案全部还完（提前还清也算），减免{amounts}。这笔钱没有算进每一期；{returns}{each}"
    ]
