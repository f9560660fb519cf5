"""Small signed plans for tests: made of terms, so that every amount can be checked by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.domain.allocation import Components
from app.domain.calendar import add_months
from app.domain.keeping.account import (
    Account,
    ContractBack,
    DuePart,
    EarnedWaiver,
    LoanKept,
    MoneyIn,
    PlanKept,
)
from app.domain.loan import LoanTerms, Method
from app.domain.schedule import amortise

# Wednesdays and Thursdays, so that nothing moves unless a test wants it to.
START = date(2026, 1, 7)
FIRST = date(2026, 1, 21)
NOTHING = Components()


def loan(
    ref: str = "L1",
    *,
    principal: int = 120_000,
    annual: int = 0,
    periods: int = 3,
    first_on: date = FIRST,
    upfront: int = 0,
    old: Components = NOTHING,
    contract: ContractBack | None = None,
    waived: int = 0,
) -> LoanKept:
    """A loan reamortised over equal instalments; old components are split evenly."""
    rows = amortise(principal, annual, periods, Method.EQUAL_INSTALMENT)
    parts = [DuePart(0, START + timedelta(days=3), "principal", upfront)] if upfront else []
    for number, (fen, interest, _balance) in enumerate(rows, 1):
        due_on = add_months(first_on, number - 1)
        last = number == periods
        for name, whole in (
            ("fee", old.fee_fen),
            ("penalty", old.penalty_fen),
            ("interest", old.interest_fen),
        ):
            part = whole // periods + (whole % periods if last else 0)
            if part:
                parts.append(DuePart(number, due_on, name, part))
        if interest:
            parts.append(DuePart(number, due_on, "plan_interest", interest))
        parts.append(DuePart(number, due_on, "principal", fen))
    waivers = (EarnedWaiver("penalty", waived, "kept"),) if waived else ()
    return LoanKept(ref, annual, 360, tuple(parts), waivers=waivers, contract=contract)


def contract(**changes: object) -> ContractBack:
    """A contract of 12 months at 18 %, four of them paid, two past due at the plan's start."""
    terms = LoanTerms(180_000, 180_000, 500_000, 360, Method.EQUAL_PRINCIPAL, 12, date(2025, 7, 1))
    values = {"terms": terms, "paid": 4, "gross": Components(0, 600, 3_600, 120_000)}
    return ContractBack(**(values | {"excess_fen": 0} | changes))  # type: ignore[arg-type]


def account(*loans: LoanKept, money: Sequence[MoneyIn] = (), **changes: object) -> Account:
    """An account of a plan with these loans; changes are of the plan."""
    plan = PlanKept(
        number="AH-00001",
        kind="reamortise",
        start_on=START,
        signed_on=START,
        order="oldest_instalment_first",
        grace_days=3,
        missed_before_notice=2,
        cure_days=10,
        loans=loans or (loan(),),
    )
    return Account(replace(plan, **changes), tuple(money))  # type: ignore[arg-type]


def paid(number: int, on: date, fen: int, *, posted: date | None = None) -> MoneyIn:
    """Money that came on a day, posted on the same or a later one."""
    day = posted or on
    return MoneyIn(number, on, day, noon(day), fen)


def back(number: int, of: int, on: date, fen: int, *, posted: date | None = None) -> MoneyIn:
    """The reversal of a payment."""
    return paid(number, on, fen, posted=posted)._replace(reverses=of)


def noon(day: date) -> datetime:
    """An instant of a day in Beijing."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
