"""The terms of a plan as they are stored, part by part, and read back for pages. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from app.domain.allocation import Components
from app.domain.calendar import PayDay, add_months
from app.domain.money import PPM, Rate
from app.domain.plan import (
    DeferralWay,
    PlanInstalment,
    Regular,
    summed,
    summed_instalments,
)

# Stored terms are sealed and hashed. Another shape is another number, and every number ever written
# stays readable.
FORMAT = 3
# That of terms in the place of signed ones: they name the agreement and what it promised.
CHANGING = 4
KEPT_TO_END = "kept_to_end"
PAID_IN_TIME = "paid_in_time"
# The order in which money is used: the oldest instalment first, inside it by component. Terms from
# before list components instead, each over all instalments; both stay readable.
OLDEST_FIRST = "oldest_instalment_first"
INSIDE_INSTALMENT = ("fee", "penalty", "interest", "plan_interest", "principal")
PARTS = ("principal", "interest", "old_interest", "penalty", "fee")
# As a part of an instalment, what was owed before is told apart from the plan's own interest.
PART_OF = {"fee": "fee", "penalty": "penalty", "interest": "old_interest", "principal": "principal"}
# Kinds whose parts keep to days of their own instead of a pay day.
OWN_DAYS = frozenset({"deferral", "catch_up", "settlement"})
# Kinds that take only a part of what is owed into the plan, or what the contract still asks.
PART_PLANNED = frozenset({"deferral", "catch_up"})
# add_months clips it to each month's end.
LAST_DAY = 31


@dataclass(frozen=True)
class Part:
    """One component of one instalment of one loan, as it is stored; number 0 is the first payment.

    Units: fen. `loan` is the loan's public id.
    """

    loan: str
    number: int
    due_on: date
    component: str
    fen: int
    waived_fen: int = 0
    condition: str | None = None


class Moved(NamedTuple):
    """How the dates of terms moved when they were approved: by whole months, or no part before a
    day.

    Source: rules part 1, how a plan is computed: dates.
    """

    months: int = 0
    not_before_on: date | None = None


NOT_MOVED = Moved()


class MovedTerms(Protocol):
    """What tells how the dates of its terms moved."""

    @property
    def moved_months(self) -> int: ...
    @property
    def not_before_on(self) -> date | None: ...


def moved_of(version: MovedTerms) -> Moved:
    """Return how the dates of a stored version's terms moved."""
    return Moved(version.moved_months, version.not_before_on)


class Asked(NamedTuple):
    """What the borrower asked for, as it is written into the terms.

    Units: fen; of the kinds' own inputs only those of this kind are set.
    """

    monthly_fen: int
    upfront_fen: int
    periods: int | None = None
    low_fen: int = 0
    low_months: int = 0
    months: int = 0
    way: DeferralWay | None = None
    sum_fen: int | None = None


class Waiver(NamedTuple):
    """What of one component is given up once its condition is met, in fen."""

    component: str
    fen: int
    condition: str


@dataclass(frozen=True)
class LoanInPlan:
    """One loan's share of a plan's terms.

    Units: fen; ppm a year. `owed` is less the excess over the ceiling, `gross` is not; `planned` is
           what its instalments spread; `promised` are waivers of the plan before it.
    """

    public_id: str
    annual_ppm: Rate
    owed: Components
    gross: Components
    excess_fen: int
    payoff_fen: int
    days_past_due: int
    waivers: tuple[Waiver, ...]
    planned: Components
    first_payment: PlanInstalment | None
    instalments: tuple[PlanInstalment, ...]
    promised: Components | None = None

    @property
    def waived_fen(self) -> int:
        """Return what is given up of it, in fen."""
        return sum(one.fen for one in self.waivers)

    @property
    def payments(self) -> tuple[PlanInstalment, ...]:
        """Return its share of the first payment, number 0, where there is one, and of all
        instalments.
        """
        return (*((self.first_payment,) if self.first_payment else ()), *self.instalments)

    @property
    def total_fen(self) -> int:
        """Return all its payments, in fen."""
        return sum(one.amount_fen for one in self.payments)


@dataclass(frozen=True)
class PlannedTerms:
    """A plan's terms as people read them; the first payment, if any, is due first_payment_days
    after the signature.

    Units: fen; ppm a year; annual_rate_ppm is the IRR shown. Dates are already moved. The loans
           stand longest overdue first; payments are the sums over them. `regular` goes on by the
           contract beside a catch-up. `replaces` is the agreement it takes the place of, if any.
    """

    kind: str
    choice: str
    pay_day: PayDay | None
    start_on: date
    annual_rate_ppm: int
    asked: Asked
    loans: tuple[LoanInPlan, ...]
    first_payment: PlanInstalment | None
    first_payment_days: int
    instalments: tuple[PlanInstalment, ...]
    regular: tuple[Regular, ...] = ()
    replaces: str = ""

    @property
    def annual_ppm(self) -> Rate:
        """Return the plan's rate on the loan that is longest overdue."""
        return self.loans[0].annual_ppm

    @property
    def owed(self) -> Components:
        """Return what is owed by component, less the excess over the ceiling, in fen."""
        return summed(one.owed for one in self.loans)

    @property
    def gross(self) -> Components:
        """Return what is owed by component before the excess comes off, in fen."""
        return summed(one.gross for one in self.loans)

    @property
    def excess_fen(self) -> int:
        """Return what is above the ceiling and not asked, in fen."""
        return sum(one.excess_fen for one in self.loans)

    @property
    def payoff_fen(self) -> int:
        """Return what paying everything at the start would be, in fen."""
        return sum(one.payoff_fen for one in self.loans)

    @property
    def days_past_due(self) -> int:
        """Return how long the loan that is longest overdue was past due at the start."""
        return max(one.days_past_due for one in self.loans)

    @property
    def waived(self) -> Components:
        """Return what is given up by component, in fen."""
        each = ((one.component, one.fen) for loan in self.loans for one in loan.waivers)
        found: Counter[str] = Counter()
        for component, fen in each:
            found[f"{component}_fen"] += fen
        return Components(**found)

    @property
    def waived_fen(self) -> int:
        """Return what is given up, in fen."""
        return sum(one.waived_fen for one in self.loans)

    @property
    def total_fen(self) -> int:
        """Return the first payment and all instalments, in fen."""
        return sum(one.amount_fen for one in self.payments)

    @property
    def plan_interest_fen(self) -> int:
        """Return the plan's own interest, in fen."""
        return sum(one.interest_fen for one in self.instalments)

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

    @cached_property
    def usual_fen(self) -> int:
        """Return what most instalments are, in fen; where several are as frequent, the highest. Of
        a plan that is low first, what most of the later ones are.
        """
        low = self.asked.low_months if self.kind == "step_up" else 0
        counts = Counter(one.amount_fen for one in self.instalments[low:])
        return max(counts, key=lambda fen: (counts[fen], fen))

    @property
    def help_ends_with(self) -> int | None:
        """Return the number of the first instalment that is no longer lower or put off; None where
        a plan is the same all along.

        Source: rules part 1, how a plan is computed.
        """
        if self.kind == "step_up":
            return self.asked.low_months + 1
        if self.kind == "deferral":
            return 1 if self.asked.way == "later" else self.asked.months + 1
        return None

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

    def share_of(self, loan: str) -> "PlannedTerms":
        """Return the terms as they bear on one of the loans, by its public id: its own figures and
        payments; the rate that is shown stays the plan's. The shares sum to the whole.

        Source: rules part 1, which loans.
        """
        if len(self.loans) == 1:
            return self
        (mine,) = (one for one in self.loans if one.public_id == loan)
        return replace(
            self,
            loans=(mine,),
            first_payment=mine.first_payment,
            instalments=mine.instalments,
        )

    @property
    def over_asked_fen(self) -> int:
        """Return by how much the highest instalment is above what the borrower said, in fen."""
        asked = self.asked.monthly_fen
        return max(0, self.highest_fen - asked) if asked else 0


def loans_named(terms: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the public ids of the loans of stored terms, longest overdue first."""
    return tuple(one["loan"] for one in terms.get("loans", (terms,)) if "loan" in one)


def parts_in(terms: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts that terms consist of, loan by loan; a component of zero is left out unless
    something of it is waived.

    Units: fen; the parts sum to the terms' total.
    """
    for loan in _loans_of(terms):
        # The waiver is written with the last instalment, since it is earned by keeping the plan to
        # its end.
        waivers = {PART_OF[one.component]: one for one in loan.waivers if one.fen}
        last = loan.instalments[-1].number
        for row in loan.payments:
            for component in PARTS:
                fen = getattr(row, f"{component}_fen")
                waiver = waivers.get(component) if row.number == last else None
                if fen or waiver:
                    yield Part(
                        loan.public_id,
                        row.number,
                        row.due_on,
                        component,
                        fen,
                        waiver.fen if waiver else 0,
                        waiver.condition if waiver else None,
                    )


def read_terms(
    terms: Mapping[str, Any], *, moved: Moved = NOT_MOVED, signed_on: date | None = None
) -> PlannedTerms:
    """Read stored terms back for a page; instalments' dates move as they did at approval, the pay
    day stays.

    The first payment is due as many days after the signature as it was after the start, but before
    instalment 1 (ADR 0008); unsigned, after the start.
    Source: rules part 1, how a plan is computed.
    """
    pay_day, is_own = terms["pay_day"], terms["kind"] in OWN_DAYS
    day = None if is_own else LAST_DAY if pay_day == "last" else pay_day
    start_on = date.fromisoformat(terms["start_on"])
    loans = [_moved_loan(one, moved, day, start_on, signed_on) for one in _loans_of(terms)]
    written = next((one["due_on"] for one in _first_payments(terms)), None)

    return PlannedTerms(
        kind=terms["kind"],
        choice=terms["choice"],
        pay_day=pay_day,
        start_on=start_on,
        annual_rate_ppm=_ppm(terms["annual_rate"]),
        asked=Asked(**terms["asked"]),
        loans=tuple(loans),
        first_payment=_summed_first(loans),
        first_payment_days=(date.fromisoformat(written) - start_on).days if written else 0,
        instalments=summed_instalments([one.instalments for one in loans]),
        regular=tuple(
            Regular(**one | {"due_on": date.fromisoformat(one["due_on"])})
            for one in terms.get("regular", ())
        ),
        replaces=terms.get("replaces", ""),
    )


def order_of(terms: Mapping[str, Any]) -> tuple[bool, tuple[str, ...]]:
    """Return whether money pays the oldest instalment first, and the components in their order.

    Source: rules part 1, how a signed plan is kept.
    """
    order = terms["payment_order"]
    if order == OLDEST_FIRST:
        return True, INSIDE_INSTALMENT
    return False, tuple(order)


def _loans_of(terms: Mapping[str, Any]) -> list[LoanInPlan]:
    """Return the loans as they are written; of the formats before the one loan they had."""
    if "loans" not in terms:
        waived = terms["waived"]
        row = dict(terms) | {"waived": [waived] if waived["fen"] else [], "gross": _gross(terms)}
        return [_loan(row)]
    return [_loan(one) for one in terms["loans"]]


def _loan(row: Mapping[str, Any]) -> LoanInPlan:
    first = row["first_payment"]
    return LoanInPlan(
        public_id=row["loan"],
        annual_ppm=_rate(row["annual_ppm"]),
        owed=Components(**row["owed"]),
        gross=Components(**row["gross"]),
        excess_fen=row["excess_fen"],
        payoff_fen=row["payoff_fen"],
        days_past_due=row["days_past_due"],
        waivers=tuple(Waiver(**one) for one in row["waived"]),
        planned=Components(**row["planned"]),
        first_payment=_payment(first) if first else None,
        instalments=tuple(_payment(one) for one in row["instalments"]),
        promised=Components(**row["promised"]) if "promised" in row else None,
    )


def _gross(terms: Mapping[str, Any]) -> dict[str, int]:
    if "gross" in terms:
        return dict(terms["gross"])
    # The first format has no gross figures. The excess goes back to where it is taken off first,
    # so that the sum holds.
    owed = Components(**terms["owed"])
    return owed._replace(penalty_fen=owed.penalty_fen + terms["excess_fen"])._asdict()


def _moved_loan(
    loan: LoanInPlan, moved: Moved, day: int | None, start_on: date, signed_on: date | None
) -> LoanInPlan:
    rows = [one._replace(due_on=moved_day(one.due_on, moved, day)) for one in loan.instalments]
    first = loan.first_payment
    if first is not None and signed_on is not None:
        due_on = signed_on + (first.due_on - start_on)
        # Before instalment 1, and never before the signature itself, also where both leave no room
        # (ADR 0008).
        before = rows[0].due_on - timedelta(days=1)
        first = first._replace(due_on=max(signed_on, min(due_on, before)))
    return replace(loan, first_payment=first, instalments=tuple(rows))


def moved_day(due_on: date, moved: Moved, day: int | None) -> date:
    """Return a due date as it moved; `day` is the day of the month it keeps to, if any.

    Source: rules part 1, how a plan is computed: dates.
    """
    if moved.months:
        due_on = add_months(due_on, moved.months, day or due_on.day)
    return max(due_on, moved.not_before_on) if moved.not_before_on else due_on


def _summed_first(loans: Sequence[LoanInPlan]) -> PlanInstalment | None:
    each = [one.first_payment for one in loans if one.first_payment]
    if not each:
        return None
    amounts = zip(*(one[2:] for one in each), strict=True)
    return PlanInstalment(0, each[0].due_on, *map(sum, amounts))


def _first_payments(terms: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for loan in terms.get("loans", (terms,)):
        if loan["first_payment"]:
            yield loan["first_payment"]


def _payment(row: Mapping[str, Any]) -> PlanInstalment:
    amounts = (row[f"{component}_fen"] for component in PARTS)
    return PlanInstalment(row["number"], date.fromisoformat(row["due_on"]), *amounts)


def _rate(written: int | str) -> Rate:
    return written if isinstance(written, int) else Fraction(written)


def _ppm(rate: str) -> int:
    whole, _point, fraction = rate.partition(".")
    # The text is read digit by digit: by way of a float some rates would be a millionth off.
    places = len(str(PPM)) - 1
    return int(whole) * PPM + int(fraction.ljust(places, "0")[:places])


COMPONENT_NAMES = {"fee": "费用", "penalty": "罚息", "interest": "利息", "principal": "本金"}
ORDER_NAMES = COMPONENT_NAMES | {"plan_interest": "方案期间的利息"}
