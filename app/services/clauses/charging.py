"""What is charged while the plan runs, and the table of all it costs. Pure."""

from typing import Any

from app.domain.money import yuan
from app.domain.written_days import written_day
from app.services.clauses.facts import ClauseFacts, LoanFacts, of_each, rates

# Negotiating costs nothing (N-14), and what is not in the table is not charged (M-06).
NOTHING_ELSE = "不另收利息、罚息和费用，也没有任何办理费。"
OLD_BEARS_NOTHING = "签署前已产生的利息、罚息和费用不再生息。"


def interest_words(facts: ClauseFacts) -> list[str]:
    """Say what interest the plan bears, how each month's is counted, and that nothing else is
    charged.

    Source: M-05, M-06, N-14; rules part 1, how a plan is computed.
    """
    terms, contract = facts.terms, rates(facts, lambda one: one.annual_ppm)
    if facts.kind == "deferral":
        return [*_deferred(facts), f"原合同年利率 {contract}。"]
    if facts.kind == "catch_up":
        return [
            f"分摊的逾期款在方案期间不计利息、不计罚息。原借款合同照常的各期按原合同计息，原合同年利率 {contract}。",
            f"除此以外，{NOTHING_ELSE}",
        ]
    if facts.kind == "settlement":
        return [
            f"从 {written_day(terms.start_on)} 到约定的还款日不计利息、不计罚息，{NOTHING_ELSE}原合同年利率 {contract}。"
        ]
    if not terms.plan_interest_fen:
        return [f"方案期间不计利息，{NOTHING_ELSE}原合同年利率 {contract}。", *_low(facts)]
    return [
        f"方案期间按剩余本金计息，年利率 {rates(facts, lambda one: one.share.annual_ppm)}（单利），"
        f"每月利息为剩余本金 × 年利率 ÷ 12，第一期按一个月和按实际天数（一年按 {of_each(facts, _basis)}）两种算法里少的那个计，"
        f"都已列入还款表。原合同年利率 {contract}。",
        *_low(facts),
        f"{OLD_BEARS_NOTHING}除还款表所列以外，{NOTHING_ELSE}",
    ]


def cost_table(facts: ClauseFacts, lender: str) -> dict[str, Any]:
    """Return the table of all that the arrangement costs, and of what a broken one would.

    Units:  fen; ppm a year.
    Source: M-05, M-06.
    """
    terms = facts.terms
    bears = terms.plan_interest_fen + _contract_interest_fen(facts)
    return {
        "principal_fen": terms.total_fen - bears,
        "items": [
            {
                "item": "原合同利息和推迟期间的利息"
                if facts.kind == "deferral"
                else "方案期间利息",
                "how": _how(facts),
                "payee": lender,
                "fen": bears,
                "annual_rate_ppm": terms.annual_rate_ppm,
            },
            {
                # Named although it is nothing: the table must say that there are no fees (M-06).
                "item": "手续费、服务费等其他费用",
                "how": "不收取",
                "payee": lender,
                "fen": 0,
                "annual_rate_ppm": 0,
            },
        ],
        "annual_rate_ppm": terms.annual_rate_ppm,
        "if_broken": [
            {
                "item": f"罚息（借据号 {ref}）" if ref else "罚息",
                "how": "方案终止后，对到期没还的本金按日计收",
                "payee": lender,
                "annual_ppm": ppm,
            }
            for ref, ppm in _penalties(facts)
        ],
        "words": "除上述以外，不再收取其他息费。"
        + ("原借款合同照常的各期，按原合同的利息另列在表里。" if facts.kind == "catch_up" else ""),
    }


def _contract_interest_fen(facts: ClauseFacts) -> int:
    # What a deferral moves bears the contract's own interest, which is what its annual rate tells.
    if facts.kind != "deferral":
        return 0
    return sum(one.old_interest_fen for one in facts.terms.instalments)


def _how(facts: ClauseFacts) -> str:
    if facts.kind == "deferral":
        later = "按每期本金 × 年利率 ÷ 12 × 推迟的月数计"
        monthly = "推迟期间每月按剩余本金 × 年利率 ÷ 12 计"
        return f"原合同的照旧；{monthly if facts.terms.asked.way == 'monthly' else later}"
    if not facts.terms.plan_interest_fen:
        return "不计收"
    return "按剩余本金 × 年利率 ÷ 12 按月计收，第一期按天算更少的按天计"


def _basis(one: LoanFacts) -> str:
    return f"{one.day_basis} 天"


def _penalties(facts: ClauseFacts) -> list[tuple[str, int]]:
    found = [(one.ref, one.penalty_ppm) for one in facts.loans]
    if len({ppm for _ref, ppm in found}) == 1:
        return [("", found[0][1])]
    return found


def _low(facts: ClauseFacts) -> list[str]:
    """How the low instalments of a step-up are used."""
    if facts.kind != "step_up":
        return []
    asked = facts.terms.asked
    months = asked.low_months
    paid = "先付当期的利息，余下的还本金" if facts.terms.plan_interest_fen else "全部用来还本金"
    shared = "，几笔借款的本金按各自安排的本金的比例减少" if facts.is_several else ""
    low = f"第 1 期到第 {months} 期每期还" if months > 1 else "第 1 期还"
    rest = "剩下的本金和利息按月等额还" if facts.terms.plan_interest_fen else "剩下的本金等额还"
    return [
        f"{low} {yuan(asked.low_fen)}，{paid}{shared}；"
        f"从第 {months + 1} 期起，{rest}，签署前的利息、罚息和费用也平均放在这些期里。"
    ]


def _deferred(facts: ClauseFacts) -> list[str]:
    terms, months = facts.terms, facts.terms.asked.months
    rate = rates(facts, lambda one: one.share.annual_ppm)
    first = f"没有还的各期，还款日都往后推 {months} 个月，每期的本金和原合同的利息不变。"
    if terms.asked.way == "monthly":
        bears = f"推迟的 {months} 个月里每月还一次利息，不还本金：剩余本金 × 年利率 {rate} ÷ 12，都已列入还款表。"
    elif facts.loans[0].is_interest_first:
        bears = (
            f"推迟的 {months} 个月的利息按本金 × 年利率 {rate} ÷ 12 × {months} 计；"
            "没有本金的各期不加，全部在还本金的最后一期还，已列入还款表。"
        )
    else:
        bears = f"每一期因推迟另计利息：该期本金 × 年利率 {rate} ÷ 12 × {months}，和该期一起还，已列入还款表。"
    return [first, bears, f"推迟期间不计罚息，{OLD_BEARS_NOTHING}除还款表所列以外，{NOTHING_ELSE}"]
