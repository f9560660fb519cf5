"""What staff state of a counter-offer, as numbers of the borrower's own to change, and what it asks
for. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from app.domain.allocation import Components
from app.domain.calendar import PayDay, pay_dates
from app.domain.concession import waived_in
from app.domain.errors import RuleBroken
from app.domain.kinds.stating import MOST_PUT_OFF, contract_ppm_of
from app.domain.money import Rate, exact_percent, half_of
from app.domain.plan import DeferralWay, OwedLoan, PlanKind, PlanRequest, StatedTerms
from app.domain.plan_terms import OWN_DAYS, PlannedTerms
from app.domain.policy import Policy
from app.domain.texts import N_

RateChoice = Literal["contract", "half", "zero", "own"]
RATE_CHOICES: tuple[RateChoice, ...] = ("contract", "half", "zero", "own")
# Kinds whose instalments are counted, and kinds with a first payment.
COUNTED = frozenset({"reamortise", "step_up", "catch_up"})


class PeriodsNeeded(RuleBroken):
    """A counter-offer names its instalments."""

    code = "periods_needed"
    message = N_("请写一共几期")


class OwnRateOutside(RuleBroken):
    """An own rate is above every contract of the plan."""

    code = "own_rate_outside"
    message = N_("利率请写 0 到 %(most)s")


@dataclass(frozen=True)
class CounterWish:
    """What staff state; what a kind does not ask for is left aside.

    Units: fen; own_ppm a year, with `rate` own. put_off counts the pay days by which the first
           instalment is later than it could be.
    """

    kind: PlanKind
    waived: Components
    rate: RateChoice = "contract"
    own_ppm: int | None = None
    periods: int | None = None
    upfront_fen: int = 0
    pay_day: PayDay | None = None
    put_off: int = 0
    low_fen: int = 0
    low_months: int = 0
    months: int = 0
    way: DeferralWay = "later"
    pay_on: date | None = None


def request_of(
    wish: CounterWish,
    debts: Sequence[OwedLoan],
    *,
    policy: Policy,
    start_on: date,
    surplus_fen: int | None,
) -> PlanRequest:
    """Return what a wish asks for on loans.

    Raises: PeriodsNeeded, OwnRateOutside.
    """
    kind = wish.kind
    if kind in COUNTED and not wish.periods:
        raise PeriodsNeeded
    is_low, on_pay_days = kind == "step_up", kind not in OWN_DAYS
    stated = StatedTerms(
        Components() if kind == "deferral" else wish.waived,
        {} if kind in {"settlement", "catch_up"} else rates_of(wish, debts, policy),
        wish.put_off if on_pay_days else 0,
    )
    return PlanRequest(
        monthly_fen=0,
        upfront_fen=wish.upfront_fen if kind in COUNTED else 0,
        surplus_fen=surplus_fen,
        pay_day=(wish.pay_day or 1) if on_pay_days else None,
        start_on=start_on,
        pay_on=wish.pay_on if kind == "settlement" else None,
        kind=kind,
        periods=wish.periods if kind in COUNTED else None,
        low_fen=wish.low_fen if is_low else 0,
        low_months=wish.low_months if is_low else 0,
        months=wish.months if kind == "deferral" else 0,
        way=wish.way,
        stated=stated,
    )


def rates_of(wish: CounterWish, debts: Sequence[OwedLoan], policy: Policy) -> Mapping[str, Rate]:
    """Return each loan's rate, in ppm a year: an own one is never above a contract's.

    Raises: OwnRateOutside where it is above every one.
    """
    contracts = {one.ref: contract_ppm_of(one, policy) for one in debts}
    if wish.rate == "half":
        return {ref: half_of(contract) for ref, contract in contracts.items()}
    if wish.rate == "zero":
        return dict.fromkeys(contracts, 0)
    if wish.rate == "own":
        most = max(contracts.values())
        if wish.own_ppm is None or not 0 <= wish.own_ppm <= most:
            raise OwnRateOutside(most=exact_percent(most))
        return {ref: min(wish.own_ppm, contract) for ref, contract in contracts.items()}
    return dict(contracts)


def wish_of(terms: PlannedTerms, contracts: Mapping[str, int], *, policy: Policy) -> CounterWish:
    """Return the wish that would state a version's own terms again, as they were written;
    `contracts` are the plan rates of its loans' contracts by public id, in ppm a year.
    """
    asked, kind = terms.asked, _kind(terms.kind)
    rate, own = _rate_of(terms, contracts)
    return CounterWish(
        kind=kind,
        waived=waived_in(terms),
        rate=rate,
        own_ppm=own,
        periods=terms.periods if kind in COUNTED else None,
        upfront_fen=asked.upfront_fen if kind in COUNTED else 0,
        pay_day=terms.pay_day if kind not in OWN_DAYS else None,
        put_off=_put_off(terms, policy) if kind not in OWN_DAYS else 0,
        low_fen=asked.low_fen,
        low_months=asked.low_months,
        months=asked.months,
        way=asked.way or "later",
        pay_on=terms.first_on if kind == "settlement" else None,
    )


def wish_in(request: PlanRequest, contracts: Mapping[str, int]) -> CounterWish:
    """Return the wish that would ask for the same as a request that states its terms."""
    stated = request.stated or StatedTerms(Components())
    rates = {ref: stated.rates.get(ref, contract) for ref, contract in contracts.items()}
    rate, own = _choice_of(rates, contracts)
    return CounterWish(
        kind=request.kind,
        waived=stated.waived,
        rate=rate,
        own_ppm=own,
        periods=request.periods,
        upfront_fen=request.upfront_fen,
        pay_day=request.pay_day,
        put_off=stated.put_off,
        low_fen=request.low_fen,
        low_months=request.low_months,
        months=request.months,
        way=request.way,
        pay_on=request.pay_on,
    )


def _rate_of(terms: PlannedTerms, contracts: Mapping[str, int]) -> tuple[RateChoice, int | None]:
    return _choice_of({one.public_id: one.annual_ppm for one in terms.loans}, contracts)


def _put_off(terms: PlannedTerms, policy: Policy) -> int:
    if terms.pay_day is None:
        return 0
    lead = policy.plans.lead_days
    days = pay_dates(terms.start_on, terms.pay_day, MOST_PUT_OFF + 1, lead)
    return days.index(terms.first_on) if terms.first_on in days else 0


def _choice_of(
    rates: Mapping[str, Rate], contracts: Mapping[str, int]
) -> tuple[RateChoice, int | None]:
    if all(rates[one] == contracts[one] for one in contracts):
        return "contract", None
    if not any(rates.values()):
        return "zero", None
    if all(rates[one] == half_of(contracts[one]) for one in contracts):
        return "half", None
    return "own", int(max(rates.values()))


def _kind(kind: str) -> PlanKind:
    known: dict[str, PlanKind] = {one: one for one in get_args(PlanKind)}
    return known[kind]
