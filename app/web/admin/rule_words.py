"""Why a plan wants a person: each rule in words, with what was found and the limit."""

from collections.abc import Callable, Mapping

from flask_babel import gettext

from app.domain.money import exact_percent, plain_percent, yuan
from app.domain.policy import Policy
from app.domain.texts import N_
from app.services.plans.verdicts import RuleView
from app.web.admin.desk_words import COMPONENTS

WHY: Mapping[str, str] = {
    "total_within_limit": N_("总额 %(found)s，当场同意到 %(limit)s"),
    "periods_within_limit": N_("%(found)s 期，当场同意到 %(limit)s"),
    "self_service_periods": N_("%(found)s 期，自助到 %(limit)s"),
    "instalments_large_enough": N_("最少的一期 %(found)s，至少要 %(limit)s"),
    "plan_rate_is_contract": N_("利率 %(found)s，低于合同"),
    "months_within_limit": N_("推迟 %(found)s 个月，当场同意到 %(limit)s"),
    "sum_is_policys": N_("一次还 %(found)s，是本人提的金额"),
    "no_broken_plan": N_("%(limit)s 天内有失效的方案"),
    "no_discrepancy": N_("和核心系统有差异"),
    "within_ceiling": N_("息费超过上限"),
    "no_dispute": N_("借款有争议"),
    "no_legal_mark": N_("有法律程序"),
    "file_fresh": N_("夜间文件是 %(found)s 天前的，到 %(limit)s 天"),
    "hold_not_repeated": N_("%(limit)s 天内撤回或过期过，再次暂缓联络要由人同意"),
    "income_stated": N_("要说收入，还没有说"),
    "within_half_surplus": N_("最多的一期占余下 %(found)s，到 %(limit)s"),
}
NOTHING_LEFT = N_("收入减去开支，没有余下")
LIMITS: Mapping[str, Callable[[Policy], str]] = {
    "total_within_limit": lambda policy: yuan(policy.plans.at_once_total_fen),
    "periods_within_limit": lambda policy: str(policy.plans.at_once_periods),
    "self_service_periods": lambda policy: str(policy.plans.self_service_periods),
    "instalments_large_enough": lambda policy: yuan(policy.plans.min_instalment_fen),
    "months_within_limit": lambda policy: str(policy.kinds.deferral_at_once_months),
    "no_broken_plan": lambda policy: str(policy.plans.broken_plan_days),
    "file_fresh": lambda policy: str(policy.amounts.file_stale_days),
    "hold_not_repeated": lambda policy: str(policy.holds.second_hold_days),
    "within_half_surplus": lambda policy: plain_percent(policy.plans.surplus_share_ppm),
}


def why(
    rule: RuleView, *, contract_ppm: int = 0, differences: Mapping[str, int] | None = None
) -> str:
    """Say why a rule wants a person; the contract's rate and what differs are told where they are
    known.

    Units: ppm a year; fen, file minus ours, by component.
    """
    if rule.value == "nothing_left":
        return gettext(NOTHING_LEFT)
    if rule.rule == "no_discrepancy" and differences:
        return gettext("和核心系统差：%(found)s", found=_differing(differences))
    if rule.rule == "plan_rate_is_contract" and contract_ppm:
        return gettext(
            "利率 %(found)s，合同 %(contract)s",
            found=rule.value,
            contract=exact_percent(contract_ppm),
        )

    limit = LIMITS.get(rule.rule)
    values = {"found": rule.value, "limit": limit(rule.policy) if limit else ""}
    # gettext in a variable: the words are extracted where the table is.
    return gettext(WHY.get(rule.rule, rule.rule), **values)


def _differing(differences: Mapping[str, int]) -> str:
    told = (
        gettext("%(name)s %(amount)s", name=gettext(COMPONENTS[name]), amount=yuan(abs(fen)))
        for name, fen in differences.items()
        if name in COMPONENTS
    )
    return "、".join(told)
