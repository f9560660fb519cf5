"""Why a plan wants a person, in words: for each rule what its borrower reads, and what the desk
reads of the same, with the figure found. One table, so that two people on the phone agree.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.money import plain_percent, yuan
from app.domain.policy import Policy
from app.domain.texts import N_
from app.services.plans.verdicts import RuleView
from app.web.filters import translated


class WaitWords(NamedTuple):
    """What a rule that is not kept is called; what a person looks at is never a fault of the
    borrower. `%(found)s` is what was found, the others are limits of the policy.
    """

    borrower: str
    desk: str


WAITS: Mapping[str, WaitWords] = {
    "total_within_limit": WaitWords(
        N_("这个方案加上您近期别的方案，一共超过 %(total)s，要由人看过。"),
        N_("总额 %(found)s，当场同意到 %(total)s"),
    ),
    "periods_within_limit": WaitWords(
        N_("分的期数超过 %(at_once)s 期，要由人看过。"),
        N_("%(found)s 期，当场同意到 %(at_once)s"),
    ),
    "self_service_periods": WaitWords(
        N_("分的期数超过 %(self_service)s 期，要由主管来定。"),
        N_("%(found)s 期，自助到 %(self_service)s"),
    ),
    "instalments_large_enough": WaitWords(
        N_("有的期不到 %(least)s，要由人看过。"),
        N_("最少的一期 %(found)s，至少要 %(least)s"),
    ),
    "plan_rate_is_contract": WaitWords(
        N_("这个方案的利率比合同低，要由主管来定。"),
        N_("利率 %(found)s，低于合同"),
    ),
    "months_within_limit": WaitWords(
        N_("推迟超过 %(deferral_months)s 个月，要由人看过。"),
        N_("推迟 %(found)s 个月，当场同意到 %(deferral_months)s"),
    ),
    "sum_is_policys": WaitWords(
        N_("一次还的金额是您自己提的，要由人看过。"),
        N_("一次还 %(found)s，是本人提的金额"),
    ),
    "no_broken_plan": WaitWords(
        N_("%(broken_days)s 天内有一个方案中途停了，同事想先看看这次怎样更稳妥。"),
        N_("%(broken_days)s 天内有失效的方案"),
    ),
    "no_discrepancy": WaitWords(
        N_("贷款机构给的数字和我们算的不一样，同事要先核对。这不是您的问题。"),
        N_("和核心系统有差异"),
    ),
    "within_ceiling": WaitWords(
        N_(
            "按贷款机构的数字，息费超过了年化 %(ceiling)s 的上限，同事要先核对。"
            "超过的部分已经减去，不用您还。"
        ),
        N_("按贷款机构的数字，息费超过年化 %(ceiling)s 的上限"),
    ),
    "no_dispute": WaitWords(
        N_("这笔借款有争议的记录，同事要先看清楚。"),
        N_("借款有争议"),
    ),
    "no_legal_mark": WaitWords(
        N_("这笔借款有法律程序的记录，同事要先看清楚。"),
        N_("有法律程序"),
    ),
    "file_fresh": WaitWords(
        N_("贷款机构的数据超过 %(stale_days)s 天没有更新，同事要先核对。"),
        N_("夜间文件是 %(found)s 天前的，到 %(stale_days)s 天"),
    ),
    "hold_not_repeated": WaitWords(
        N_("%(second_days)s 天内有方案撤回或过期，所以再提的这一次由人来看。"),
        N_("%(second_days)s 天内撤回或过期过，再次暂缓联络要由人同意"),
    ),
    "offer_not_renewed": WaitWords(
        N_("原来那份同意的有效期已经过了，改动以后由人来看。"),
        N_("改的时候，原来那份同意已经过了有效期"),
    ),
    "changed_once": WaitWords(
        N_("原来的协议已经改过一次，再改由人来看。"),
        N_("原协议本身就是改过来的"),
    ),
    "no_settlement_changed": WaitWords(
        N_("原来说好一次还清，现在要改，由人来看。"),
        N_("改的是一次结清的协议，原来的减免会带过来"),
    ),
    "income_stated": WaitWords(
        N_(
            "方案超过 %(income_over)s，或者要还 %(income_months)s 个月以上，"
            "就要看收入和开支。您没有说，所以由人来看。"
        ),
        N_("要说收入，还没有说"),
    ),
    "within_half_surplus": WaitWords(
        N_("每月还的数超过您余下的 %(share)s，同事想先确认不会太紧。"),
        N_("最多的一期占余下 %(found)s，到 %(share)s"),
    ),
}


def limits_of(policy: Policy) -> Mapping[str, str]:
    """The limits that words name, as they are printed."""
    plans, amounts = policy.plans, policy.amounts
    return {
        "total": yuan(plans.at_once_total_fen),
        "at_once": str(plans.at_once_periods),
        "self_service": str(plans.self_service_periods),
        "least": yuan(plans.min_instalment_fen),
        "broken_days": str(plans.broken_plan_days),
        "ceiling": plain_percent(amounts.ceiling_ppm),
        "stale_days": str(amounts.file_stale_days),
        "second_days": str(policy.holds.second_hold_days),
        "income_over": yuan(plans.income_asked_over_fen),
        "income_months": str(plans.income_asked_months),
        "deferral_months": str(policy.kinds.deferral_at_once_months),
        "share": plain_percent(plans.surplus_share_ppm),
    }


def wait_reason(wait: RuleView) -> str:
    """Why a person looks at a plan, as its borrower reads it, with the limits it was judged by."""
    return translated(WAITS[wait.rule].borrower, **limits_of(wait.policy))


def desk_reason(wait: RuleView) -> str:
    """The same in the desk's short words, with what was found."""
    return translated(WAITS[wait.rule].desk, found=wait.value, **limits_of(wait.policy))
