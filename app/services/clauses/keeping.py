"""What a borrower may do while the plan runs, and what happens where a payment is missed. Pure."""

from datetime import timedelta

from app.domain.money import exact_percent
from app.domain.written_days import written_day
from app.services.clauses.facts import ClauseFacts, rates, waived_words, waivers_of


def missed_words(facts: ClauseFacts) -> list[str]:
    """Say when a payment is missed, when a notice goes, how it is made good, and what a broken plan
    means.

    Source: rules part 1, how a signed plan is kept: missed, dates, after a break; default policy,
            in a plan.
    """
    policy = facts.policy
    each = "还款日" if facts.terms.periods == 1 else "每一期的到期日"
    words = [
        f"{each}遇到节假日，顺延到后面最近的工作日；到期后有 {policy.kept.grace_days} 天宽限，宽限的最后一天也这样顺延，"
        "宽限期内还上不算没按时还。以您付款的那天为准，银行入账慢不算您没按时还。",
        _notice(facts),
        "您对方案的金额有异议或投诉的，我们答复之前，补上的期限暂停计算。",
        _broken(facts),
    ]
    if facts.terms.waived_fen:
        words.append(f"方案终止后，减免的{waived_words(waivers_of(facts.terms))}恢复计收。")
    return words


def early_words(facts: ClauseFacts) -> list[str]:
    """Say what paying ahead does.

    Source: rules part 1, how a signed plan is kept: money ahead, quote, credit.
    """
    free = "您可以随时提前还一部分或全部，不收手续费"
    ahead = "多还的钱先放在本方案里，到以后各期的到期日依次抵扣"
    if facts.terms.plan_interest_fen:
        ahead += "，放着的时候像已经还掉的本金一样少计方案期间的利息"
        free += "；提前还的本金，利息只算到实际还款那天"
    if facts.terms.periods == 1:
        return [f"{free}；提前还清同样算按时。", BACK]
    if facts.kind == "catch_up":
        ahead = "多还的钱先放着，到以后的到期日先抵本方案的一期，再抵原借款合同同一天的一期"
    return [f"{free}。", f"{ahead}。", BACK]


def date_words(facts: ClauseFacts) -> list[str]:
    """Say how one due date may be changed.

    Source: rules part 1, how a signed plan is kept: date change.
    """
    days = facts.policy.kept.date_change_days
    if facts.kind == "settlement":
        due_on, limit = facts.terms.ends_on, facts.policy.kinds.settlement_days
        last = min(due_on + timedelta(days=days), facts.terms.start_on + timedelta(days=limit))
        if last <= due_on:
            return ["还款日已经是最晚的一天，不能再往后改。"]
        return [
            f"您可以免费改一次还款日，最晚改到 {written_day(last)}（含当天），联系人工客服办理。"
        ]

    if facts.terms.periods == 1:
        return [f"您可以免费改一次还款日，最多往后 {days} 天，联系人工客服办理。"]
    together = "，同一天的几笔借款一起改" if facts.is_several else ""
    beside = "原借款合同照常的各期，日期不改。" if facts.kind == "catch_up" else ""
    return [
        f"您可以免费改一次某一期的还款日：还没到期的一期，最多往后 {days} 天，要在下一期的还款日之前{together}；"
        f"其他各期不变，联系人工客服办理。收到没按时还的通知以后，补上之前不能改。{beside}"
    ]


def _notice(facts: ClauseFacts) -> str:
    kept = facts.policy.kept
    cure = f"收到通知后 {kept.cure_days} 天内（最后一天遇到节假日顺延）"
    if facts.terms.periods == 1 and not facts.terms.first_payment:
        # With a single payment there is no count to reach: one is enough for the notice.
        return f"没有按时还，我们会发通知；{cure}补上，方案继续有效，仍算按时。"

    counted = [
        *(["先还的一笔也算一期"] if facts.terms.first_payment else []),
        *(["几笔借款同一天的算一期"] if facts.is_several else []),
        *(["和原借款合同同一天的一期合算一期"] if facts.kind == "catch_up" else []),
        *(
            ["推迟期间每月的利息也算一期"]
            if facts.kind == "deferral" and facts.terms.asked.way == "monthly"
            else []
        ),
        "后来补上了也算",
    ]
    return (
        f"从签署或上一次全部补上算起，累计 {kept.missed_before_notice} 期没有按时还（{'，'.join(counted)}），"
        f"或者最后一期的宽限过后还有没还的，我们会发通知；{cure}把过了宽限的都补上，方案继续有效，次数从头算。"
    )


def _broken(facts: ClauseFacts) -> str:
    returns = {
        "deferral": "方案终止，还款日恢复成原借款合同的：已经还的都算数；到那天按原合同已经到期而没还的各期应当还，"
        "没到期的仍按原合同的日期还",
        "catch_up": "本方案终止，原借款合同继续：已经还的都算数；分摊里没还的和原合同已到期而没还的都应当还，"
        "没到期的仍按原合同的日期还",
    }
    standard = "方案终止，恢复原借款合同：已经还的都算数；原合同里已到期而没还的款项应当还，没到期的仍按原合同的日期还"
    penalty = rates(facts, lambda one: one.penalty_ppm)
    return (
        f"没有补上，{returns.get(facts.kind, standard)}；"
        f"从终止的第二天起，到期没还的本金按年利率 {penalty} 计罚息，提交、等待、执行方案和补上期间的日子不补收罚息；"
        f"全部息费一年不超过 {exact_percent(facts.policy.amounts.ceiling_ppm)}，超过的不用还；"
        "每笔借款恢复后要还的，不多于没有签这份协议、其他都一样时要还的。"
    )


BACK = "全部还清后多出来的钱是您的，退还给您，没有您同意不作他用。"
