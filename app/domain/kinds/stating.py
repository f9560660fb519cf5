"""What a counter-offer states by hand: the rate of each loan, what is waived of each component."""

from collections.abc import Sequence

from app.domain.allocation import Components
from app.domain.errors import RuleBroken
from app.domain.kinds.spreading import share
from app.domain.money import PPM, Rate, div_half_up, exact_percent, yuan
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.plan_terms import COMPONENT_NAMES
from app.domain.policy import Policy
from app.domain.texts import N_

# By how many pay days a counter-offer may put the first instalment off; a technical limit, each
# is a free month.
MOST_PUT_OFF = 3


class RateAboveContract(RuleBroken):
    """No plan costs more than its contract, and none more than the ceiling."""

    code = "rate_above_contract"
    message = N_("利率最高写 %(most)s，不能比合同高")


class WaiverOutside(RuleBroken):
    """What is waived is at most what is owed, and at least what policy waives by itself."""

    code = "waiver_outside"
    message = N_("%(component)s的减免请写 %(least)s 到 %(most)s")


class WaiverFixed(WaiverOutside):
    """All that is owed of a component is waived by policy itself, or nothing of it is owed."""

    message = N_("%(component)s的减免只能是 %(most)s")


class NothingToWaive(RuleBroken):
    """A deferral has no penalty and waives nothing."""

    code = "nothing_to_waive"
    message = N_("延期还款没有减免；想减免的话请换一种方案")


class PutOffOutside(RuleBroken):
    """The first instalment is one of the first few pay days."""

    code = "put_off_outside"
    message = N_("首期请从列表里选一天")


def check_stated(request: PlanRequest) -> None:
    """Pass where a counter-offer states what its kind can have.

    Raises: PutOffOutside, NothingToWaive; ValueError where it leaves the instalments open.
    """
    stated = request.stated
    if stated is None:
        return
    if request.kind in {"reamortise", "step_up", "catch_up"} and request.periods is None:
        raise ValueError("a counter-offer names its instalments")
    on_pay_days = request.kind in {"reamortise", "step_up"}
    if not 0 <= stated.put_off <= (MOST_PUT_OFF if on_pay_days else 0):
        raise PutOffOutside
    if request.kind == "deferral" and any(stated.waived):
        raise NothingToWaive


def contract_ppm_of(debt: OwedLoan, policy: Policy) -> int:
    """Return the plan rate of a contract: above the ceiling it is the ceiling (M-01)."""
    return min(debt.terms.annual_ppm, policy.amounts.ceiling_ppm)


def plan_rates_of(debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy) -> list[Rate]:
    """Return each loan's rate in a plan, in ppm a year: the contract's under the ceiling, or what a
    counter-offer states.

    Raises: RateAboveContract.
    Source: rules part 1, reamortise; default policy, plan rate.
    """
    contracts = [contract_ppm_of(one, policy) for one in debts]
    if request.stated is None:
        return list(contracts)
    rates = [
        request.stated.rates.get(one.ref, contract)
        for one, contract in zip(debts, contracts, strict=True)
    ]
    for rate, contract in zip(rates, contracts, strict=True):
        if not 0 <= rate <= contract:
            raise RateAboveContract(most=exact_percent(contract))
        if rate.denominator > 2:
            raise ValueError("the terms keep whole millionths and their halves")
    return rates


def granted(kind: str, penalty_fen: int, *, days_past_due: int, policy: Policy) -> Components:
    """Return what policy waives by itself of a loan with so much penalty, in fen: of a settlement
    paid in time, of another plan kept to its end.

    Source: default policy, waiver that needs no person.
    """
    plans = policy.plans
    if kind == "settlement":
        share_ppm = plans.settlement_waiver_penalty_ppm
    elif kind == "deferral" or days_past_due < plans.waiver_from_days:
        share_ppm = 0
    else:
        share_ppm = plans.waiver_penalty_ppm
    return Components(penalty_fen=div_half_up(penalty_fen * share_ppm, PPM))


def granted_of(debt: OwedLoan, kind: str, policy: Policy) -> Components:
    """Return what is waived of a loan without a person's word, in fen: what policy grants; of a
    plan in the place of a signed one what was promised, in a settlement never less.

    Source: rules part 1, how a signed plan is kept: broken, change.
    """
    owed = debt.owed
    by_policy = granted(kind, owed.net.penalty_fen, days_past_due=owed.days_past_due, policy=policy)
    return by_policy if debt.promised is None else kept_promise(debt.promised, kind, by_policy)


def kept_promise(promised: Components, kind: str, by_policy: Components) -> Components:
    """Return what stays waived where one plan takes the place of another, in fen.

    Source: rules part 1, how a signed plan is kept: change.
    """
    if kind != "settlement":
        return promised
    return Components(*map(max, promised, by_policy))


def waived_of(
    request: PlanRequest, owed: Sequence[Components], policys: Sequence[Components]
) -> list[Components]:
    """Return what is waived of each loan: what policy waives by itself, and what a counter-offer
    states above it, shared by what is then left of each.

    Units:  fen; the loans stand longest overdue first.
    Raises: WaiverOutside.
    Source: rules part 1, waivers; default policy, waiver that needs no person.
    """
    if request.stated is None:
        return list(policys)
    parts = []
    for place, wanted in enumerate(request.stated.waived):
        given = [one[place] for one in policys]
        left = [one[place] - mine for one, mine in zip(owed, given, strict=True)]
        least, most = sum(given), sum(given) + sum(left)
        if not least <= wanted <= most:
            name = COMPONENT_NAMES[Components._fields[place].removesuffix("_fen")]
            refusal = WaiverFixed if least == most else WaiverOutside
            raise refusal(component=name, least=yuan(least), most=yuan(most))
        shared = share(wanted - least, left)
        parts.append([one + more for one, more in zip(given, shared, strict=True)])
    return [Components(*each) for each in zip(*parts, strict=True)]
