"""Credit record, rights and duties, and the contract that the plan changes. Pure."""

from app.domain.written_days import written_day
from app.services.clauses.facts import ClauseFacts


def credit_words(facts: ClauseFacts) -> list[str]:
    """Say what signing and keeping the plan does to the credit record.

    Source: R-01, R-07, R-08.
    """
    kept = "征信上可能显示为个性化分期或协议还款"
    before = f"签署本协议不会删除签署前的逾期记录；按时还款，不会再增加新的逾期记录，{kept}。"
    if facts.kind == "deferral":
        before = (
            f"签署本协议不会删除签署前的记录；按推迟后的日子还款，不会因此增加逾期记录，{kept}。"
        )
    elif facts.kind == "settlement":
        before = (
            "签署本协议不会删除签署前的逾期记录；按约定的日子一次还清，不会再增加新的逾期记录。"
        )
    return [
        before,
        "方案期间再次逾期，会增加新的记录。结清后 1–3 个工作日内我们会报送，显示时间以征信中心为准；"
        "逾期记录从结清那天起保存 5 年，到期删除。",
    ]


def rights_words(facts: ClauseFacts) -> list[str]:
    """Say what both sides have to do.

    Source: N-02; rules part 1, how a signed plan is kept: completed, catch_up.
    """
    pays = "您应当按还款表的日期和金额还款"
    proof = "全部还清后出具结清证明"
    if facts.kind == "catch_up":
        pays += "，原借款合同照常的各期也按时还"
        proof = "方案的各期还清后出具逾期款已还清的证明，借款全部还清后出具结清证明"
    return [
        f"{pays}；方案结清前，不再向我们申请新的借款；手机号变了请告诉我们。",
        f"我们应当按本协议收款和记账，保守您的个人信息，{proof}。"
        "您可以随时查看、下载本协议，要求解释，提出投诉或异议。",
    ]


def contract_words(facts: ClauseFacts) -> list[str]:
    """Say what of the contract changes and what goes on.

    Source: N-05; rules part 1, how a signed plan is kept.
    """
    rest = "本协议没有写的，仍按原借款合同执行；两者不一致的，以本协议为准。"
    changed = {
        "deferral": "本协议只变更原借款合同的还款日和推迟期间的利息",
        "catch_up": "本协议只安排已经逾期的款项；原借款合同继续有效，没到期的各期照常按原合同的日期和金额还",
    }.get(facts.kind, "本协议变更原借款合同的还款安排")
    each = "（每一笔借款各自的合同）" if facts.is_several else ""
    return [f"{changed}{each}；{rest}"]


def replaces_words(facts: ClauseFacts) -> list[str]:
    """Say which agreement this one takes the place of, and what goes over.

    Source: rules part 1, how a signed plan is kept: change.
    """
    terms = facts.terms
    kept = "按时还清" if facts.kind == "settlement" else "按本方案还完"
    words = [
        f"本协议签署后，取代还款协议 {terms.replaces}；那份协议和它的文件都保留，随时可以查看。",
        f"按那份协议已经还的都算数；{written_day(terms.start_on)}那份协议余下的，改按本协议还，"
        "从那天到签署不另计利息和罚息。",
    ]
    if any(one.promised and any(one.promised) for one in terms.loans):
        words.append(f"那份协议说好的减免不变，{kept}就生效。")
    return words
