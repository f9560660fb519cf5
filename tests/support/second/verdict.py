"""Which of the policy's numbers ask for a person; marks and other plans are not seen here."""

from tests.support.second.plans import Option
from tests.support.second.terms import MILLION, Limits


def income_is_asked(option: Option, limits: Limits, monthly: int | None = None) -> bool:
    """True where the plan is large by itself or against the monthly amount."""
    if option.kind in ("deferral", "settlement"):
        return False
    against = option.highest if monthly is None else monthly
    long = option.planned > limits.income_months * against
    return option.planned > limits.income_total_fen or long


def of_surplus(option: Option, monthly: int | None, surplus: int | None, limits: Limits) -> str:
    """`surplus` where an instalment is too much of it, `income_needed` where it is not known."""
    if surplus is None:
        return "income_needed" if income_is_asked(option, limits, monthly) else ""
    if option.kind in ("deferral", "settlement"):
        return ""
    above = option.highest * MILLION > surplus * limits.surplus_share_ppm
    return "surplus" if above else ""


def needs_person(
    option: Option,
    limits: Limits,
    *,
    over_ceiling: bool = False,
    monthly: int | None = None,
    surplus: int | None = None,
    months: int = 0,
) -> set[str]:
    """The numbers that ask for a person; empty where the plan is approved at once."""
    found = {"over_ceiling"} if over_ceiling else set()
    if option.kind == "settlement":
        return found | ({"own_sum"} if set(option.waived) - {"penalty"} else set())
    if option.kind == "deferral":
        return found | ({"months"} if months > limits.at_once_deferred_months else set())
    found |= {of_surplus(option, monthly, surplus, limits)} - {""}
    if option.planned > limits.at_once_total_fen:
        found.add("total")
    if option.periods > limits.at_once_periods:
        found.add("periods")
    if option.rate_name != "contract":
        found.add("rate")
    return found
