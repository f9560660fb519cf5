"""A signed plan with all that happened to it, as facts: terms, money, notices, changed dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Literal, NamedTuple

from app.domain.allocation import Components
from app.domain.loan import LoanTerms
from app.domain.money import Rate
from app.domain.pauses import Pause
from app.domain.plan_terms import INSIDE_INSTALMENT

# Its own of each payment; of one account all are of one kind, so that they can be put in order.
MoneyNumber = int | str
KeepingOrder = Literal["oldest_instalment_first", "components_first"]
NoticeKind = Literal["notice", "break"]
# What a part of an instalment is for; inside an instalment money goes in this order.
COMPONENTS = INSIDE_INSTALMENT
# Of an account that names none; one of ours tells that of its policy.
DEFAULT_CEILING_PPM = 240_000


class DuePart(NamedTuple):
    """One component of one instalment as the agreement prints it; number 0 is the first payment.

    Units: fen.
    """

    number: int
    due_on: date
    component: str
    fen: int


class EarnedWaiver(NamedTuple):
    """What of one component is given up: once the plan is kept to its end, or paid in time.

    Units: fen.
    """

    component: str
    fen: int
    condition: str


@dataclass(frozen=True, slots=True)
class ContractBack:
    """What comes back when the plan is broken: the contract, and what it asked at the plan's start.

    Units: fen; gross is by component before waiver and excess.
    """

    terms: LoanTerms
    paid: int
    gross: Components
    excess_fen: int
    principal_first_after_90d: bool = False


@dataclass(frozen=True, slots=True)
class LoanKept:
    """One loan of a signed plan.

    Units: ppm a year, the plan's rate; fen. interest_from is where the first period of interest
           begins, the plan's start where it is None. On the days of `pauses`, which do not overlap,
           nothing accrues on the contract that came back: another plan was proposed.
    """

    ref: str
    annual_ppm: Rate
    day_basis: int
    parts: tuple[DuePart, ...]
    regular: tuple[DuePart, ...] = ()
    waivers: tuple[EarnedWaiver, ...] = ()
    interest_from: date | None = None
    contract: ContractBack | None = None
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanKept:
    """A signed plan's terms; its loans stand longest overdue first."""

    number: str
    kind: str
    start_on: date
    signed_on: date
    order: KeepingOrder
    grace_days: int
    missed_before_notice: int
    cure_days: int
    loans: tuple[LoanKept, ...]
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()


class DateChanged(NamedTuple):
    """A number's due date as the borrower changed it."""

    number: int
    due_on: date
    at: datetime


class Told(NamedTuple):
    """A notice that parts were missed, or a break, as it is on record. A break `stands` where money
    in time came to light only after another plan was signed or the loan was gone.
    """

    kind: NoticeKind
    sent_on: date
    received_on: date | None = None
    taken_back_on: date | None = None
    stands: bool = False


class Stopped(NamedTuple):
    """Days on which a complaint about a plan's money waited for its answer, that of the answer too:
    no day of a cure passes. Without an end it still waits.
    """

    from_on: date
    until_on: date | None = None


class MoneyIn(NamedTuple):
    """Money that came, or the reversal of what came: its value date, its arrival, its posting.

    Units: fen; `reverses` is the number of what it takes back, whole.
    """

    number: MoneyNumber
    paid_on: date
    arrived_on: date
    posted_at: datetime
    fen: int
    reverses: MoneyNumber | None = None


class LoanTaken(NamedTuple):
    """What of one loan went over from the agreement before, in fen; plan interest is interest."""

    ref: str
    left: Components
    waived: Components


@dataclass(frozen=True, slots=True)
class Earlier:
    """What lies before a plan that took the place of another: since when the contracts rest, which
    money came for the agreements before it, what went over to it.
    """

    start_on: date
    money: tuple[MoneyIn, ...] = ()
    taken: tuple[LoanTaken, ...] = ()


class Successor(NamedTuple):
    """A plan that another took the place of: the day it stood on, the signature, its number."""

    ground_on: date
    at: datetime
    number: str


class RefundMade(NamedTuple):
    """What of a plan's credit was paid out, and came back where the bank could not hand it over.

    Units: fen.
    """

    number: str
    paid_on: date
    fen: int
    bounced_on: date | None = None

    def is_out(self, day: date) -> bool:
        """Tell whether it is with the borrower at the end of a day."""
        return self.paid_on <= day and (self.bounced_on is None or self.bounced_on > day)


@dataclass(frozen=True, slots=True)
class Account:
    """A signed plan and what is on record of it.

    Units: ceiling_ppm a year. Where no notices are on record and supposes_notices, they are taken
           to go and to arrive on their day; a plan that is really kept supposes nothing.
           covered_until is the last day of which all money is on record, None where every day is:
           nothing is missed on a day after it. `earlier` of a plan that took the place of another,
           `replaced` once another took its place.
    """

    plan: PlanKept
    money: tuple[MoneyIn, ...] = ()
    date_changes: tuple[DateChanged, ...] = ()
    told: tuple[Told, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    ceiling_ppm: int = DEFAULT_CEILING_PPM
    supposes_notices: bool = True
    covered_until: date | None = None
    policy: Mapping[str, object] = field(default_factory=dict)
    earlier: Earlier | None = None
    replaced: Successor | None = None
    refunds: tuple[RefundMade, ...] = ()

    @property
    def contract_start_on(self) -> date:
        """Return since when the contracts rest: the start of the first of the agreements."""
        return self.earlier.start_on if self.earlier else self.plan.start_on

    @property
    def all_money(self) -> tuple[MoneyIn, ...]:
        """Return the money of all agreements on the same debt, this one's last."""
        return (*(self.earlier.money if self.earlier else ()), *self.money)

    def refunded_fen(self, day: date) -> int:
        """Return what of the credit is paid out at the end of a day, in fen."""
        return sum(one.fen for one in self.refunds if one.is_out(day))


def in_order(money: Iterable[MoneyIn]) -> list[MoneyIn]:
    """Return money in the order in which it is laid: by value date, ties by arrival, then number.

    Source: rules part 1, how a signed plan is kept.
    """
    return sorted(money, key=attrgetter("paid_on", "arrived_on", "number"))
