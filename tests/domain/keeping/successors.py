"""A plan in the place of another, as small as it can be: what was left, spread over some months."""

from dataclasses import replace
from datetime import date, timedelta

from app.domain.calendar import add_months
from app.domain.keeping.account import (
    Account,
    DuePart,
    EarnedWaiver,
    LoanKept,
    MoneyIn,
    Successor,
)
from app.domain.keeping.remaining import remaining, succeeded
from app.domain.schedule import Method, amortise
from tests.domain.keeping.accounts import noon

NUMBER = "AH-00002"


def changed(
    kept: Account, start_on: date, *, signed_on: date | None = None, periods: int = 3
) -> tuple[Account, Account]:
    """Return a plan as it is once another was signed in its place, and that one."""
    signed_on = signed_on or start_on
    old = replace(kept, replaced=Successor(start_on, noon(signed_on), NUMBER))
    left = remaining(kept, start_on)
    loans = tuple(
        _spread(one, of, start_on, periods)
        for one, of in zip(left, kept.plan.loans, strict=True)
        if one.gross.total
    )
    plan = replace(
        kept.plan,
        number=NUMBER,
        kind="reamortise",
        start_on=start_on,
        signed_on=signed_on,
        loans=loans,
    )
    new = replace(kept, plan=plan, money=(), date_changes=(), told=(), replaced=None)
    return old, replace(new, earlier=succeeded(kept, start_on))


def with_money(kept: Account, *money: MoneyIn) -> Account:
    return replace(kept, money=money)


def _spread(one, of: LoanKept, start_on: date, periods: int) -> LoanKept:
    planned = [fen - waived for fen, waived in zip(one.gross, one.waived, strict=True)]
    fee, penalty, interest, principal = planned
    count = periods if principal >= periods else 1
    rows = amortise(principal, 0, count, Method.EQUAL_PRINCIPAL)
    parts = []
    for number, (fen, _interest, _balance) in enumerate(rows, 1):
        due_on = add_months(start_on + timedelta(days=10), number - 1)
        amounts = {"principal": fen}
        if number == 1:
            amounts |= {"fee": fee, "penalty": penalty, "interest": interest}
        parts += [DuePart(number, due_on, name, each) for name, each in amounts.items() if each]
    waivers = tuple(
        EarnedWaiver(name.removesuffix("_fen"), fen, "kept_to_end")
        for name, fen in one.waived._asdict().items()
        if fen
    )
    return replace(
        of, annual_ppm=0, parts=tuple(parts), regular=(), waivers=waivers, interest_from=None
    )
