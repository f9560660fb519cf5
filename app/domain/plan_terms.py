"""The terms of a plan as one canonical record: written once, hashed, and read back for pages.
Pure.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from app.domain.allocation import Components
from app.domain.calendar import PayDay, add_months
from app.domain.money import PPM, Rate
from app.domain.plan import OwedLoan, PlanInstalment, PlanOption, PlanRequest
from app.domain.policy import Policy

# Stored terms are sealed and hashed. Another shape is another number, and every number ever written
# stays readable.
FORMAT = 2
KEPT_TO_END = "kept_to_end"
PAID_IN_TIME = "paid_in_time"
# The order in which money is used: the oldest instalment first, inside it by component. Terms from
# before list components instead, each over all instalments; both stay readable.
OLDEST_FIRST = "oldest_instalment_first"
INSIDE_INSTALMENT = ("fee", "penalty", "interest", "plan_interest", "principal")
PARTS = ("principal", "interest", "old_interest", "penalty", "fee")
# add_months clips it to each month's end.
LAST_DAY = 31


@dataclass(frozen=True)
class Part:
    """One component of one instalment, as it is stored; number 0 is the first payment.

    Units: fen.
    """

    number: int
    due_on: date
    component: str
    fen: int
    waived_fen: int = 0
    condition: str | None = None


class OfferDates(NamedTuple):
    """Until when an offer is valid, and by how many months all dates of its terms move."""

    moved_months: int
    valid_until_on: date


@dataclass(frozen=True)
class PlannedTerms:
    """A plan's terms as people read them; the first payment, if any, is due first_payment_days
    after the signature.

    Units: fen; ppm a year; annual_rate_ppm is the IRR shown. Dates are already moved. `owed` is
           less the excess over the ceiling, `gross` is not.
    """

    kind: str
    choice: str
    pay_day: PayDay
    start_on: date
    annual_ppm: Rate
    annual_rate_ppm: int
    asked_monthly_fen: int
    owed: Components
    gross: Components
    excess_fen: int
    payoff_fen: int
    days_past_due: int
    waived_fen: int
    total_fen: int
    plan_interest_fen: int
    first_payment: PlanInstalment | None
    first_payment_days: int
    instalments: tuple[PlanInstalment, ...]

    @property
    def periods(self) -> int:
        """Return how many instalments there are."""
        return len(self.instalments)

    @property
    def payments(self) -> tuple[PlanInstalment, ...]:
        """Return the first payment, number 0, where there is one, and all instalments."""
        return (*((self.first_payment,) if self.first_payment else ()), *self.instalments)

    @property
    def highest_fen(self) -> int:
        """Return the highest instalment, in fen."""
        return max(one.amount_fen for one in self.instalments)

    @property
    def usual_fen(self) -> int:
        """Return what most instalments are, in fen; where several are as frequent, the highest."""
        counts = Counter(one.amount_fen for one in self.instalments)
        return max(counts, key=lambda fen: (counts[fen], fen))

    @property
    def odd_ones(self) -> tuple[PlanInstalment, ...]:
        """Return the instalments that are not the usual amount: at most the first ones and the
        last.
        """
        return tuple(one for one in self.instalments if one.amount_fen != self.usual_fen)

    @property
    def first_on(self) -> date:
        """Return the first instalment's due date."""
        return self.instalments[0].due_on

    @property
    def ends_on(self) -> date:
        """Return the last due date."""
        return self.instalments[-1].due_on

    @property
    def more_fen(self) -> int:
        """Return by how much it all comes to more than paying everything at the start; below zero
        it is less.
        """
        return self.total_fen - self.payoff_fen

    @property
    def over_asked_fen(self) -> int:
        """Return by how much the highest instalment is above what the borrower said, in fen."""
        return max(0, self.highest_fen - self.asked_monthly_fen) if self.asked_monthly_fen else 0


def write_terms(
    option: PlanOption,
    *,
    request: PlanRequest,
    debt: OwedLoan,
    loan_public_id: str,
    choice: str,
    first_payment_days: int,
    policy_version: str,
) -> dict[str, Any]:
    """Return everything a version agrees on, with every component of every instalment, as plain
    JSON values.
    """
    owed = debt.owed
    return {
        "format": FORMAT,
        "kind": option.kind,
        "choice": choice,
        "loan": loan_public_id,
        "policy_version": policy_version,
        "start_on": request.start_on.isoformat(),
        "pay_day": request.pay_day,
        "asked": {"monthly_fen": request.monthly_fen, "upfront_fen": request.upfront_fen},
        # Net of the excess over the ceiling, which is nobody's debt; it stands beside, for the
        # register (ADR 0026).
        "owed": owed.net._asdict(),
        # From format 2 on: of a component that the excess used up nothing is left to tell what it
        # was.
        "gross": Components(
            owed.fee_fen,
            owed.penalty_fen,
            owed.interest_fen + owed.accrued_fen,
            owed.principal_left_fen,
        )._asdict(),
        "excess_fen": owed.excess_fen,
        "payoff_fen": owed.payoff_fen,
        "days_past_due": owed.days_past_due,
        "waived": {
            "component": "penalty",
            "fen": option.waived_fen,
            "condition": PAID_IN_TIME if option.kind == "settlement" else KEPT_TO_END,
        },
        "planned": option.planned._asdict(),
        "annual_ppm": _written(option.annual_ppm),
        # A text and not a number: a float in JSON would not give the same hash everywhere.
        "annual_rate": str(option.annual_rate),
        "plan_interest_fen": option.plan_interest_fen,
        "total_fen": option.total_fen,
        "payment_order": OLDEST_FIRST,
        "first_payment": _first_payment(
            option, request.start_on + timedelta(days=first_payment_days)
        ),
        "instalments": [
            one._asdict() | {"due_on": one.due_on.isoformat()} for one in option.instalments
        ],
    }


def terms_sha256(terms: Mapping[str, Any]) -> str:
    """Hash terms over their canonical JSON."""
    # Sorted keys and no blanks make it canonical. JSON columns keep no order, and the hash has to
    # be the same after a round trip.
    text = json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parts_in(terms: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts that terms consist of; a component of zero is left out unless something of it
    is waived.

    Units: fen; the parts sum to the terms' total.
    """
    first = terms["first_payment"]
    rows = [*([first] if first else []), *terms["instalments"]]
    last = terms["instalments"][-1]["number"]

    for row in rows:
        for component in PARTS:
            fen = row[f"{component}_fen"]
            # The waiver is written with the last instalment, since it is earned by keeping the plan
            # to its end.
            is_waived = row["number"] == last and component == terms["waived"]["component"]
            waived = terms["waived"]["fen"] if is_waived else 0
            if fen or waived:
                condition = terms["waived"]["condition"] if waived else None
                yield Part(
                    row["number"],
                    date.fromisoformat(row["due_on"]),
                    component,
                    fen,
                    waived,
                    condition,
                )


def read_terms(
    terms: Mapping[str, Any], *, moved_months: int = 0, signed_on: date | None = None
) -> PlannedTerms:
    """Read stored terms back for a page; instalments' dates move by whole months, their pay day
    stays.

    The first payment is due as many days after the signature as it was after the start, but before
    instalment 1 (ADR 0008); unsigned, after the start.
    Source: rules part 1, how a plan is computed.
    """
    pay_day = terms["pay_day"]
    day = LAST_DAY if pay_day == "last" else pay_day
    first = terms["first_payment"]
    instalments = [
        _payment(row, moved_months, day if terms["kind"] != "settlement" else None)
        for row in terms["instalments"]
    ]
    first_payment, first_payment_days = None, 0
    if first:
        first_payment = _first_due(first, terms["start_on"], signed_on, instalments[0].due_on)
        first_payment_days = _days_between(terms["start_on"], first["due_on"])

    return PlannedTerms(
        kind=terms["kind"],
        choice=terms["choice"],
        pay_day=pay_day,
        start_on=date.fromisoformat(terms["start_on"]),
        annual_ppm=_rate(terms["annual_ppm"]),
        annual_rate_ppm=_ppm(terms["annual_rate"]),
        asked_monthly_fen=terms["asked"]["monthly_fen"],
        owed=Components(**terms["owed"]),
        gross=_gross(terms),
        excess_fen=terms["excess_fen"],
        payoff_fen=terms["payoff_fen"],
        days_past_due=terms["days_past_due"],
        waived_fen=terms["waived"]["fen"],
        total_fen=terms["total_fen"],
        plan_interest_fen=terms["plan_interest_fen"],
        first_payment=first_payment,
        first_payment_days=first_payment_days,
        instalments=tuple(instalments),
    )


def order_of(terms: Mapping[str, Any]) -> tuple[bool, tuple[str, ...]]:
    """Return whether money pays the oldest instalment first, and the components in their order.

    Source: rules part 1, how a signed plan is kept.
    """
    order = terms["payment_order"]
    if order == OLDEST_FIRST:
        return True, INSIDE_INSTALMENT
    return False, tuple(order)


def months_to_move(first_due_on: date, pay_day: PayDay, *, today: date, lead_days: int) -> int:
    """Return by how many whole months all dates move so that the first is at least `lead_days`
    away.

    Source: rules part 1, how a plan is computed: approving keeps the amounts.
    """
    day = LAST_DAY if pay_day == "last" else pay_day
    # Whole months keep the pay day that people chose and every distance between the dates
    # (ADR 0004).
    months = 0
    while add_months(first_due_on, months, day) < today + timedelta(days=lead_days):
        months += 1
    return months


def offer_dates(terms: PlannedTerms, *, policy: Policy, today: date) -> OfferDates:
    """Return until when an offer made today is valid, and by how many whole months all its dates
    move.

    A settlement moves only where its day has come, and is valid up to that day: it is paid on the
    day agreed.
    Source: rules part 1, how a plan is computed; default policy, offer valid (ADR 0004, 0011).
    """
    valid_until_on = today + timedelta(days=policy.clocks.offer_days)
    if terms.kind != "settlement":
        moved = months_to_move(
            terms.first_on, terms.pay_day, today=today, lead_days=policy.plans.lead_days
        )
        return OfferDates(moved, valid_until_on)

    # A settlement has no pay day: it keeps the day that was agreed, and moves only once that has
    # come (ADR 0011).
    day = terms.first_on.day
    moved = months_to_move(terms.first_on, day, today=today, lead_days=1)

    return OfferDates(moved, min(valid_until_on, add_months(terms.first_on, moved, day)))


def _gross(terms: Mapping[str, Any]) -> Components:
    if "gross" in terms:
        return Components(**terms["gross"])
    # The first format has no gross figures. The excess goes back to where it is taken off first,
    # so that the sum holds.
    owed = Components(**terms["owed"])
    return owed._replace(penalty_fen=owed.penalty_fen + terms["excess_fen"])


def _first_due(
    row: Mapping[str, Any], start_on: str, signed_on: date | None, before: date
) -> PlanInstalment:
    first = _payment(row, 0, None)
    if signed_on is None:
        return first
    due_on = signed_on + timedelta(days=_days_between(start_on, row["due_on"]))
    # Before instalment 1, and never before the signature itself, also where both leave no room
    # (ADR 0008).
    return first._replace(due_on=max(signed_on, min(due_on, before - timedelta(days=1))))


def _days_between(start_on: str, due_on: str) -> int:
    return (date.fromisoformat(due_on) - date.fromisoformat(start_on)).days


def _payment(row: Mapping[str, Any], months: int, day: int | None) -> PlanInstalment:
    due_on = date.fromisoformat(row["due_on"])
    if months:
        due_on = add_months(due_on, months, day)
    return PlanInstalment(row["number"], due_on, *(row[f"{component}_fen"] for component in PARTS))


def _first_payment(option: PlanOption, due_on: date) -> dict[str, Any] | None:
    if not option.upfront_fen:
        return None

    paid = option.upfront_parts

    return {
        "number": 0,
        "due_on": due_on.isoformat(),
        "principal_fen": paid.principal_fen,
        "interest_fen": 0,
        "old_interest_fen": paid.interest_fen,
        "penalty_fen": paid.penalty_fen,
        "fee_fen": paid.fee_fen,
    }


def _written(rate: Rate) -> int | str:
    # Half of an odd rate as a decimal in a text, for the reason the annual rate is one.
    return rate if isinstance(rate, int) else f"{rate.numerator // 2}.5"


def _rate(written: int | str) -> Rate:
    return written if isinstance(written, int) else Fraction(written)


def _ppm(rate: str) -> int:
    whole, _point, fraction = rate.partition(".")
    # The text is read digit by digit: by way of a float some rates would be a millionth off.
    places = len(str(PPM)) - 1
    return int(whole) * PPM + int(fraction.ljust(places, "0")[:places])


COMPONENT_NAMES = {"fee": "费用", "penalty": "罚息", "interest": "利息", "principal": "本金"}
ORDER_NAMES = COMPONENT_NAMES | {"plan_interest": "方案期间的利息"}
