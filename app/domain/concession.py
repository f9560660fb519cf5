"""What a plan costs the lender: what is waived, and the interest a lower rate gives up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.domain.allocation import Components
from app.domain.kinds.deferral import months_fen
from app.domain.kinds.spreading import Bearing, spread_or_whole
from app.domain.kinds.stating import contract_ppm_of, granted, granted_of, kept_promise
from app.domain.kinds.step_up import stepped_principal
from app.domain.money import Rate
from app.domain.plan import OwedLoan, PlanInstalment, PlanOption, PlanRequest, summed
from app.domain.plan_terms import LoanInPlan, PlannedTerms
from app.domain.policy import Policy
from app.domain.schedule import ScheduleImpossible, equal_instalment_fen


@dataclass(frozen=True)
class Concession:
    """What the lender gives up where a plan is kept to its end.

    `by_policy` is the part of the waiver that policy grants by itself: it is in the sum and uses
    nobody's authority.
    Units: fen.
    """

    waived: Components
    by_policy: Components
    interest_fen: int

    @property
    def waived_fen(self) -> int:
        """Return all that is waived, in fen."""
        return self.waived.total

    @property
    def by_policy_fen(self) -> int:
        """Return what policy waives of it by itself, in fen."""
        return self.by_policy.total

    @property
    def by_person(self) -> Components:
        """Return what somebody waives beyond policy, by component, in fen."""
        parts = zip(self.waived, self.by_policy, strict=True)
        return Components(*(max(0, all_of_it - granted) for all_of_it, granted in parts))

    @property
    def total_fen(self) -> int:
        """Return the one sum, in fen."""
        return self.waived_fen + self.interest_fen

    @property
    def by_person_fen(self) -> int:
        """Return what somebody has to have the authority for, in fen."""
        return self.by_person.total + self.interest_fen


class Contract(NamedTuple):
    """What of a loan's contract says how its principal bears interest.

    Units: ppm a year.
    """

    annual_ppm: int
    day_basis: int


class BorneLoan(NamedTuple):
    """One loan's share of a plan as it bears interest.

    Units: ppm a year; contract_ppm is at most the ceiling.
    """

    instalments: Sequence[PlanInstalment]
    contract_ppm: Rate
    day_basis: int

    @property
    def principal_fen(self) -> int:
        """Return the principal that its instalments spread, in fen."""
        return sum(one.principal_fen for one in self.instalments)

    @property
    def interest_fen(self) -> int:
        """Return its plan interest, in fen."""
        return sum(one.interest_fen for one in self.instalments)

    def bearing(self, start_on: date, ceiling_ppm: int) -> Bearing:
        """Return how its principal would bear interest at the contract's rate."""
        first_days = (self.instalments[0].due_on - start_on).days
        at_ceiling = self.contract_ppm == ceiling_ppm
        return Bearing(self.contract_ppm, first_days, self.day_basis, at_ceiling)


@dataclass(frozen=True, slots=True)
class Shape:
    """What beside its instalments makes a plan the plan it is: the stated low instalments of a
    step-up, the months of a deferral.

    Units: fen.
    """

    kind: str
    start_on: date
    low_fen: int = 0
    low_months: int = 0
    months: int = 0
    way: str = "later"


def interest_given_up_fen(loans: Sequence[BorneLoan], shape: Shape, *, ceiling_ppm: int) -> int:
    """Return the plan interest of the same instalments on the same dates at the contract's rate,
    less the plan's; a standstill counts nothing.

    Units:  fen; dates as they were submitted, not moved.
    Source: default policy, authority; rules part 1, how a plan is computed.
    """
    if shape.kind in {"settlement", "catch_up"}:
        return 0
    borne = sum(one.interest_fen for one in loans)
    # Where rounding makes a rate close to the contract's dearer by a fen nothing is given up.
    return max(0, _at_contract_fen(loans, shape, ceiling_ppm) - borne)


def _at_contract_fen(loans: Sequence[BorneLoan], shape: Shape, ceiling_ppm: int) -> int:
    bearings = [one.bearing(shape.start_on, ceiling_ppm) for one in loans]
    if shape.kind == "deferral":
        return sum(
            _deferred_fen(one, bearing, shape) for one, bearing in zip(loans, bearings, strict=True)
        )
    if shape.kind == "step_up":
        return _stepped_fen(loans, bearings, shape)
    return _reamortised_fen(loans, bearings)


def _deferred_fen(loan: BorneLoan, bearing: Bearing, shape: Shape) -> int:
    if shape.way == "monthly":
        return bearing.month_fen(loan.principal_fen) * shape.months
    return sum(months_fen(one.principal_fen, bearing, shape.months) for one in loan.instalments)


def _stepped_fen(loans: Sequence[BorneLoan], bearings: Sequence[Bearing], shape: Shape) -> int:
    principals = [one.principal_fen for one in loans]
    monthly = sum(map(Bearing.month_fen, bearings, principals))
    # A low instalment that would not even bear the contract's interest is counted as the least one
    # that does.
    low_fen = max(shape.low_fen, monthly + 1)
    periods = len(loans[0].instalments)
    try:
        rows = stepped_principal(
            principals, periods, bearings, low_fen=low_fen, low_months=shape.low_months
        )
    except ScheduleImpossible:
        return _reamortised_fen(loans, bearings)
    return sum(bears for loan in rows for _pays, bears in loan)


def _reamortised_fen(loans: Sequence[BorneLoan], bearings: Sequence[Bearing]) -> int:
    is_alone = len(loans) == 1
    return sum(
        _spread_fen(one.principal_fen, len(one.instalments), bearing, is_alone=is_alone)
        for one, bearing in zip(loans, bearings, strict=True)
    )


def _spread_fen(principal_fen: int, periods: int, bearing: Bearing, *, is_alone: bool) -> int:
    try:
        rows = spread_or_whole(principal_fen, periods, bearing, is_alone=is_alone)
    except ScheduleImpossible:
        # So little principal that no schedule of whole fen exists at this rate, though it does at
        # the lower one: the exact annuity, rounded once, says what it would have brought.
        whole = equal_instalment_fen(principal_fen * periods, bearing.rate, periods)
        return whole - principal_fen
    return sum(interest for _principal, interest in rows)


def concession_in(
    option: PlanOption, debts: Sequence[OwedLoan], request: PlanRequest, policy: Policy
) -> Concession:
    """Return what an option gives up on the loans it was computed for.

    Units:  fen.
    Source: default policy, authority.
    """
    by_ref = {one.ref: one for one in debts}
    loans = [
        BorneLoan(
            one.instalments,
            contract_ppm_of(by_ref[one.ref], policy),
            by_ref[one.ref].terms.day_basis,
        )
        for one in option.loans
    ]
    shape = Shape(
        option.kind,
        request.start_on,
        request.low_fen,
        request.low_months,
        request.months,
        request.way,
    )
    by_policy = summed(granted_of(one, option.kind, policy) for one in debts)
    given_up = interest_given_up_fen(loans, shape, ceiling_ppm=policy.amounts.ceiling_ppm)
    return Concession(option.waived, by_policy, given_up)


def concession_of(
    terms: PlannedTerms, *, contracts: Mapping[str, Contract], policy: Policy
) -> Concession:
    """Return what a plan gives up: its waivers, and its interest below what the contracts' rates
    would bring over the same instalments on the same dates.

    Units:  fen; `terms` as they were submitted, their dates not moved; `contracts` by the loans'
            public ids, one above the ceiling counts at the ceiling.
    Source: default policy, authority.
    """
    ceiling = policy.amounts.ceiling_ppm
    loans = [
        BorneLoan(
            one.instalments,
            min(contracts[one.public_id].annual_ppm, ceiling),
            contracts[one.public_id].day_basis,
        )
        for one in terms.loans
    ]
    asked = terms.asked
    shape = Shape(
        terms.kind, terms.start_on, asked.low_fen, asked.low_months, asked.months, asked.way or ""
    )
    by_policy = summed(_granted_in(one, terms.kind, policy) for one in terms.loans)
    # Most plans keep the contracts' rates: then there is nothing to compute.
    rates = [one.annual_ppm for one in terms.loans]
    is_reduced = any(mine < one.contract_ppm for mine, one in zip(rates, loans, strict=True))
    given_up = interest_given_up_fen(loans, shape, ceiling_ppm=ceiling) if is_reduced else 0
    return Concession(waived_in(terms), by_policy, given_up)


def waived_in(terms: PlannedTerms) -> Components:
    """Return what terms waive, by component in fen."""
    parts = dict.fromkeys(Components._fields, 0)
    for loan in terms.loans:
        for one in loan.waivers:
            parts[f"{one.component}_fen"] += one.fen
    return Components(**parts)


def _granted_in(loan: LoanInPlan, kind: str, policy: Policy) -> Components:
    by_policy = granted(
        kind, loan.owed.penalty_fen, days_past_due=loan.days_past_due, policy=policy
    )
    return by_policy if loan.promised is None else kept_promise(loan.promised, kind, by_policy)
