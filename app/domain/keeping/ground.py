"""A signed plan laid out for keeping it: its lines, the dates they fall due on, and the periods in
which interest runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from app.domain.keeping.account import COMPONENTS, Account, DuePart, PlanKept
from app.domain.keeping.laying import Step
from app.domain.keeping.workdays import WorkCalendar
from app.domain.money import PPM, Rate, div_half_up
from app.domain.plan_terms import OLDEST_FIRST

# Agreements from before pay component by component over all that is due; interest from before the
# plan and of the plan are one item there.
_BY_COMPONENT = (("fee",), ("penalty",), ("interest", "plan_interest"), ("principal",))
OLD_COMPONENTS = ("fee", "penalty", "interest")


class KeptLine(NamedTuple):
    """One component of one instalment of one loan.

    Units: fen, as printed; `loan` is the loan's place in the plan.
    """

    loan: int
    number: int
    component: str
    fen: int
    is_regular: bool


class DueGroup(NamedTuple):
    """What falls due together: a number of all loans; regular ones of a contract are their own.

    Dates are moved: due_on to a working day, grace_on is the last day in time.
    """

    number: int
    is_regular: bool
    due_on: date
    grace_on: date
    step: Step
    # Of all loans.
    lines: tuple[int, ...]


class PrincipalSpan(NamedTuple):
    """Days on which so much principal is not yet due: a loan's, and all loans' together, in fen."""

    from_on: date
    until_on: date
    principal_fen: int
    all_fen: int


class InterestPeriod(NamedTuple):
    """The days over which a loan's interest of one number runs.

    Units: fen; the principal that is not yet due changes in it where a first payment falls due.
    """

    number: int
    from_on: date
    until_on: date
    interest_lines: tuple[int, ...]
    interest_fen: int
    spans: tuple[PrincipalSpan, ...]


@dataclass(frozen=True, slots=True)
class KeptGround:
    """Everything of a plan that does not depend on money."""

    account: Account
    calendar: WorkCalendar
    lines: tuple[KeptLine, ...]
    groups: tuple[DueGroup, ...]
    # Of each loan, the earliest first.
    periods: tuple[tuple[InterestPeriod, ...], ...]
    # What paying off asks of the groups from each place on besides interest that is still to run.
    later_fen: tuple[int, ...]

    def steps(self, groups: Sequence[DueGroup]) -> list[Step]:
        """Return the steps money goes over where these groups are due, in the order the agreement
        prints.
        """
        if self.account.plan.order == OLDEST_FIRST:
            return [one.step for one in groups]
        return [self._only(one.step, names) for names in _BY_COMPONENT for one in groups]

    def _only(self, step: Step, names: Sequence[str]) -> Step:
        return tuple(
            tuple(line for line in lines if self.lines[line].component in names) for lines in step
        )

    def day_interest_fen(self, loan: int, fen_days: int | Fraction) -> int:
        """Return the interest of so many fen over so many days, given as their product, rounded
        half up once.
        """
        kept = self.account.plan.loans[loan]
        rate: Rate = kept.annual_ppm
        over = fen_days.numerator * rate.numerator
        return div_half_up(over, fen_days.denominator * rate.denominator * PPM * kept.day_basis)


def ground_of(account: Account) -> KeptGround:
    """Lay an account out.

    Source: rules part 1, how a signed plan is kept: dates, money ahead, catch_up.
    """
    plan = account.plan
    calendar = WorkCalendar(plan.holidays, plan.workdays)
    changed = {one.number: one.due_on for one in account.date_changes}
    lines: list[KeptLine] = []
    places: dict[tuple[bool, int], tuple[date, list[list[int]]]] = {}
    for loan, kept in enumerate(plan.loans):
        for is_regular, parts in ((False, kept.parts), (True, kept.regular)):
            for part in sorted(parts, key=_place):
                moved = {} if is_regular else changed
                due_on = calendar.moved(moved.get(part.number, part.due_on))
                _day, each = places.setdefault(
                    (is_regular, part.number), (due_on, [[] for _ in plan.loans])
                )
                each[loan].append(len(lines))
                lines.append(KeptLine(loan, part.number, part.component, part.fen, is_regular))

    groups = sorted(
        (
            DueGroup(
                number,
                is_regular,
                due_on,
                calendar.grace_end(due_on, plan.grace_days),
                tuple(tuple(one) for one in each),
                tuple(line for one in each for line in one),
            )
            for (is_regular, number), (due_on, each) in places.items()
        ),
        key=lambda one: (one.due_on, one.is_regular, one.number),
    )
    periods = _periods(plan, lines, groups)
    later = _later(plan.kind, lines, groups)
    return KeptGround(account, calendar, tuple(lines), tuple(groups), periods, later)


def _later(kind: str, lines: Sequence[KeptLine], groups: Sequence[DueGroup]) -> tuple[int, ...]:
    # In a deferral the contract's interest of what is not due yet is earned day by day, too.
    names = {"principal", *(OLD_COMPONENTS[:2] if kind == "deferral" else OLD_COMPONENTS)}
    each = [
        sum(lines[i].fen for mine in one.step for i in mine if lines[i].component in names)
        for one in groups
    ]
    own = [0 if one.is_regular else fen for one, fen in zip(groups, each, strict=True)]
    return (*reversed(list(accumulate(reversed(own)))), 0)


def _place(part: DuePart) -> tuple[int, int]:
    return part.number, COMPONENTS.index(part.component)


def _periods(
    plan: PlanKept, lines: Sequence[KeptLine], groups: Sequence[DueGroup]
) -> tuple[tuple[InterestPeriod, ...], ...]:
    """A first payment opens no period; what a contract asks beside the plan is its own."""
    numbered = [one for one in groups if one.number and not one.is_regular]
    # Of each loan, its principal number by number.
    principal = [
        [_sum_of(one.step[loan], lines, ("principal",)) for one in numbered]
        for loan in range(len(plan.loans))
    ]
    first = next(
        (
            (one.due_on, [_sum_of(lines_of, lines, ("principal",)) for lines_of in one.step])
            for one in groups
            if not one.number and not one.is_regular
        ),
        None,
    )
    # In a deferral the contract's own interest of what is not due yet is earned day by day too.
    names = ("plan_interest", "interest") if plan.kind == "deferral" else ("plan_interest",)
    found = []
    for loan, kept in enumerate(plan.loans):
        begins = [kept.interest_from or plan.start_on, *(one.due_on for one in numbered)]
        found.append(
            tuple(
                InterestPeriod(
                    one.number,
                    begins[place],
                    one.due_on,
                    tuple(
                        i for name in names for i in one.step[loan] if lines[i].component == name
                    ),
                    _sum_of(one.step[loan], lines, names),
                    _spans(
                        begins[place],
                        one.due_on,
                        [sum(each[place:]) for each in principal],
                        loan,
                        first if not place else None,
                    ),
                )
                for place, one in enumerate(numbered)
            )
        )
    return tuple(found)


def _spans(
    from_on: date,
    until_on: date,
    left: Sequence[int],
    loan: int,
    first: tuple[date, Sequence[int]] | None,
) -> tuple[PrincipalSpan, ...]:
    """The principal not yet due in a period; before a first payment its own as well."""
    whole = PrincipalSpan(from_on, until_on, left[loan], sum(left))
    if first is None or not from_on < first[0] < until_on:
        return (whole,)
    due_on, more = first
    before = PrincipalSpan(from_on, due_on, left[loan] + more[loan], sum(left) + sum(more))
    return before, whole._replace(from_on=due_on)


def _sum_of(mine: Sequence[int], lines: Sequence[KeptLine], names: Sequence[str]) -> int:
    return sum(lines[i].fen for i in mine if lines[i].component in names)
