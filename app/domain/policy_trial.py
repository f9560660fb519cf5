"""What another version of the policy would have said of plans that were judged before. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.money import PPM, div_half_up
from app.domain.policy import NEVER_ASKED, Policy

# A share of the surplus is kept to a tenth of a percent, rounded up.
PER_TENTH = PPM // 1000
ONE_PAYMENT = 1


@dataclass(frozen=True)
class JudgedPlan:
    """A plan as it was judged: what its terms say, and of each rule whether it was kept and what
    was found.

    Units: fen. `penalty_fen` is the whole penalty that was owed, before any waiver.
    """

    version_id: int
    kind: str
    planned_fen: int
    asked_monthly_fen: int
    highest_fen: int
    penalty_fen: int
    days_past_due: int
    found: Mapping[str, tuple[bool, str]]


class Tally(NamedTuple):
    """What a policy would have done with plans: how many at once, to people, of those to people
    because income was never asked for, and what is waived of those at once, in fen.
    """

    at_once: int
    to_people: int
    unasked: int
    waived_fen: int


def tally(policy: Policy, plans: Iterable[JudgedPlan]) -> Tally:
    """Count what a policy would have said of plans.

    Units: fen.
    """
    at_once = to_people = unasked = waived = 0
    for plan in plans:
        if is_at_once(policy, plan):
            at_once += 1
            waived += waived_fen(policy, plan)
        else:
            to_people += 1
            unasked += lacks_income(policy, plan)
    return Tally(at_once, to_people, unasked, waived)


def is_at_once(policy: Policy, plan: JudgedPlan) -> bool:
    """Tell whether a policy would have approved a plan at once, by what was found when it was
    judged. Marks, a rate and a repeated hold count as they were found.

    Source: default policy, approved at once.
    """
    return all(_holds(policy, plan, rule) for rule in plan.found) and _income_fits(policy, plan)


def asks_income(policy: Policy, plan: JudgedPlan) -> bool:
    """Tell whether a policy asks for income before such a plan.

    Source: default policy, income is asked.
    """
    if plan.kind in NEVER_ASKED:
        return False
    monthly = plan.asked_monthly_fen or plan.highest_fen
    months = policy.plans.income_asked_months * monthly
    return plan.planned_fen > policy.plans.income_asked_over_fen or plan.planned_fen > months


def lacks_income(policy: Policy, plan: JudgedPlan) -> bool:
    """Tell whether a policy would have asked for income that nobody asked for then, and nothing
    else is in the way: what it would have said is not known.
    """
    return (
        asks_income(policy, plan)
        and _found(plan, "income_stated") == "not_asked"
        and all(_holds(policy, plan, rule) for rule in plan.found)
    )


def waived_fen(policy: Policy, plan: JudgedPlan) -> int:
    """Return what a policy waives of a plan's penalty by itself, in fen.

    Source: default policy, waiver that needs no person.
    """
    plans = policy.plans
    # A deferred loan stays as it is, and so does its penalty.
    if plan.kind == "deferral":
        return 0
    if plan.kind == "settlement":
        return div_half_up(plan.penalty_fen * plans.settlement_waiver_penalty_ppm, PPM)
    if plan.days_past_due < plans.waiver_from_days:
        return 0
    return div_half_up(plan.penalty_fen * plans.waiver_penalty_ppm, PPM)


def _holds(policy: Policy, plan: JudgedPlan, rule: str) -> bool:
    """Rules of a number are held against the policy; all else stays as it was found."""
    held, value = plan.found[rule]
    if rule == "instalments_large_enough":
        count = _found(plan, "periods_within_limit")
        is_one = count == str(ONE_PAYMENT)
        return is_one or _fen(value) >= policy.plans.min_instalment_fen
    if rule == "total_within_limit":
        return _fen(value) <= policy.plans.at_once_total_fen
    limits = {
        "periods_within_limit": policy.plans.at_once_periods,
        "self_service_periods": policy.plans.self_service_periods,
        "months_within_limit": policy.kinds.deferral_at_once_months,
        "file_fresh": policy.amounts.file_stale_days,
    }
    if rule in limits:
        return int(value) <= limits[rule]
    return held or rule in ("income_stated", "within_half_surplus")


def _income_fits(policy: Policy, plan: JudgedPlan) -> bool:
    if not asks_income(policy, plan):
        return True
    if _found(plan, "income_stated") != "told":
        return False
    share = _found(plan, "within_half_surplus")
    if not share.endswith("%"):
        return False
    # "48.3%" is 483 tenths.
    tenths = int(share[:-1].replace(",", "").replace(".", ""))
    return tenths * PER_TENTH <= policy.plans.surplus_share_ppm


def _found(plan: JudgedPlan, rule: str) -> str:
    return plan.found.get(rule, (False, ""))[1]


def _fen(value: str) -> int:
    """An amount as a verdict has it: ¥1,234.56."""
    return int("".join(one for one in value if one.isdecimal()))
