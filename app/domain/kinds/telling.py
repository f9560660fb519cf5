"""A plan's instalments before they are judged, and the option they become."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from app.domain.calendar import pay_dates
from app.domain.irr import NO_RATE, annual_rate
from app.domain.kinds.ground import Ground
from app.domain.money import Rate
from app.domain.plan import (
    Choice,
    Offer,
    PlanInstalment,
    PlanOption,
    Regular,
    summed_instalments,
)
from app.domain.policy import judge, verdict

Rows = tuple[tuple[PlanInstalment, ...], ...]


@dataclass(frozen=True)
class Draft:
    """Instalments by loan, each loan at a rate of its own, in the ground's order. Of the many that
    are tried few are told of: `lay_out` makes the rows when they are asked for.

    Units: fen; ppm a year. highest_fen and lowest_fen are what the limits are held against.
    """

    rates: tuple[Rate, ...]
    periods: int
    highest_fen: int
    lowest_fen: int
    lay_out: Callable[[], Rows]

    @cached_property
    def loans(self) -> Rows:
        """Return the instalments of every loan."""
        return self.lay_out()


def draft_of(
    rates: Sequence[Rate],
    loans: Sequence[Sequence[PlanInstalment]],
    amounts: Sequence[int] | None = None,
) -> Draft:
    """Return a draft of rows that stand; its limits are held against `amounts`, the sums of its
    instalments where they are not given.

    Units: fen.
    """
    rows = tuple(map(tuple, loans))
    if amounts is None:
        amounts = [sum(one.amount_fen for one in same) for same in zip(*rows, strict=True)]
    return Draft(tuple(rates), len(rows[0]), max(amounts), min(amounts), lambda: rows)


def option_of(
    ground: Ground,
    draft: Draft,
    *,
    choices: tuple[Choice, ...] = (),
    annual: Decimal = NO_RATE,
    regular: tuple[Regular, ...] = (),
) -> PlanOption:
    """Judge a draft and tell all about it.

    Source: default policy, approved at once.
    """
    request = ground.request
    # Of several loans the one whose rate is below its contract's speaks for all.
    rates = list(zip(draft.rates, (one.contract_ppm for one in ground.loans), strict=True))
    mine, contract = next((each for each in rates if each[0] != each[1]), rates[0])
    facts = replace(
        ground.facts,
        planned_fen=ground.planned_fen,
        periods=draft.periods,
        highest_fen=draft.highest_fen,
        lowest_fen=draft.lowest_fen,
        plan_ppm=mine,
        contract_ppm=contract,
        surplus_fen=request.surplus_fen,
        income_asked=ground.income_asked(draft.highest_fen),
        kind=request.kind,
        months=request.months,
        own_sum=request.sum_fen is not None or _is_below_policys(ground),
    )
    results = judge(ground.policy, facts)
    decided, reasons = verdict(results)
    shares = zip(ground.loans, draft.rates, draft.loans, strict=True)

    return PlanOption(
        kind=request.kind,
        choices=choices,
        loans=tuple(loan.share(rate, rows) for loan, rate, rows in shares),
        instalments=summed_instalments(draft.loans),
        highest_fen=draft.highest_fen,
        annual_rate=annual,
        results=results,
        verdict=decided,
        reasons=reasons,
        regular=regular,
    )


def _is_below_policys(ground: Ground) -> bool:
    """Tell whether a counter-offer settles for less than the policy's own sum."""
    stated = ground.request.stated
    return stated is not None and any(stated.waived._replace(penalty_fen=0))


def offer_of(ground: Ground, options: tuple[PlanOption, ...], smallest_fen: int) -> Offer:
    """Return the options for a stated monthly amount with the smallest one that works, in fen.

    Source: rules part 1, options for a monthly amount.
    """
    return Offer(
        options,
        None if options else smallest_fen,
        ground.income_asked(0),
        has_smaller=any(options) and all(one.highest_fen > smallest_fen for one in options),
    )


def rate_of(ground: Ground, draft: Draft) -> Decimal:
    """Return the annual rate of instalments on monthly dates, the first period simply discounted.

    Source: rules part 1, annual rate of a plan; M-05.
    """
    rows = summed_instalments(draft.loans)
    asked = ground.request
    put_off, first_on = 0, rows[0].due_on
    if asked.stated and asked.pay_day:
        # In the months by which the first instalment is put off nothing is paid; they count whole,
        # after a first period as short as it could have been.
        put_off = asked.stated.put_off
        first_on = pay_dates(asked.start_on, asked.pay_day, 1, ground.policy.plans.lead_days)[0]
    days = (first_on - asked.start_on).days
    payments = [*[0] * put_off, *(one.amount_fen for one in rows)]
    return annual_rate(ground.planned_fen, payments, days)
