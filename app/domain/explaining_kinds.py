"""What each kind of plan is, in two plain sentences and an example with the figures of the terms in
hand. Pure.
"""

from collections.abc import Callable, Mapping

from app.domain.explaining import Explanation, said
from app.domain.money import yuan
from app.domain.plan_terms import PlannedTerms
from app.domain.texts import N_


def explain_kind(terms: PlannedTerms) -> Explanation:
    """Return what a plan of this kind does, with its own payments.

    Units:  amounts whole and in yuan; days as they are already moved.
    Source: N-11; rules part 1, the kinds.
    """
    return _KINDS[terms.kind](terms)


def _reamortise(terms: PlannedTerms) -> Explanation:
    return Explanation(
        (
            said(N_("把欠的钱重新分成 %(count)s 期，每期还的数差不多。"), count=terms.periods),
            said(N_("以前欠的和方案的利息都在里面，按表还完，就都还清了。")),
        ),
        said(
            N_("您每期大多还 %(usual)s，最多的一期 %(highest)s，%(last)s还完，一共 %(total)s。"),
            usual=yuan(terms.usual_fen),
            highest=yuan(terms.highest_fen),
            last=terms.ends_on,
            total=yuan(terms.total_fen),
        ),
    )


def _step_up(terms: PlannedTerms) -> Explanation:
    return Explanation(
        (
            said(N_("前面几期少还，后面多还，还完的日子不变。")),
            said(N_("前面少还的本金留到后面还，利息只按还没还的本金算。")),
        ),
        said(
            N_(
                "您前 %(months)s 期每期还 %(low)s，之后每期最多 %(highest)s，%(last)s还完，一共 %(total)s。"
            ),
            months=terms.asked.low_months,
            low=yuan(terms.asked.low_fen),
            highest=yuan(terms.highest_fen),
            last=terms.ends_on,
            total=yuan(terms.total_fen),
        ),
    )


def _deferral(terms: PlannedTerms) -> Explanation:
    meanwhile = (
        N_("停的这几个月，每个月只还当月的利息。")
        if terms.asked.way == "monthly"
        else N_("停的这几个月的利息，分到后面每一期里还。")
    )
    return Explanation(
        (
            said(
                N_("还没还的每一期都往后放 %(months)s 个月，停的这几个月不用还本金。"),
                months=terms.asked.months,
            ),
            said(meanwhile),
        ),
        said(
            N_("您的第 1 期是%(first)s还 %(amount)s，%(last)s还完，一共 %(total)s。"),
            first=terms.first_on,
            amount=yuan(terms.instalments[0].amount_fen),
            last=terms.ends_on,
            total=yuan(terms.total_fen),
        ),
    )


def _catch_up(terms: PlannedTerms) -> Explanation:
    first = terms.instalments[0]
    beside = sum(one.amount_fen for one in terms.regular if one.due_on == first.due_on)
    return Explanation(
        (
            said(N_("欠的部分分 %(count)s 期补上，原来的每一期照常还。"), count=terms.periods),
            said(N_("补的这部分不再加利息和罚息。")),
        ),
        said(
            N_(
                "您%(first)s补 %(amount)s，加上那天原来要还的 %(regular)s，一共 %(sum)s；%(last)s补完。"
            ),
            first=first.due_on,
            amount=yuan(first.amount_fen),
            regular=yuan(beside),
            sum=yuan(first.amount_fen + beside),
            last=terms.ends_on,
        ),
    )


def _settlement(terms: PlannedTerms) -> Explanation:
    due, total = terms.ends_on, yuan(terms.total_fen)
    example = (
        said(
            N_("您%(due)s还 %(total)s，免 %(waived)s，就都还清了。"),
            due=due,
            total=total,
            waived=yuan(terms.waived_fen),
        )
        if terms.waived_fen
        else said(N_("您%(due)s还 %(total)s，就都还清了。"), due=due, total=total)
    )
    return Explanation(
        (
            said(N_("约好一天，一次还清，方案里的借款就结束了。")),
            said(N_("到那天以前，不再加利息和罚息。")),
        ),
        example,
    )


_KINDS: Mapping[str, Callable[[PlannedTerms], Explanation]] = {
    "reamortise": _reamortise,
    "step_up": _step_up,
    "deferral": _deferral,
    "catch_up": _catch_up,
    "settlement": _settlement,
}
