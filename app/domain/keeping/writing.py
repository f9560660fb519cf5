"""An account written as an account file, 我的账: what `read_account` reads, word for word."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.allocation import Components
from app.domain.calendar import BEIJING, beijing_date
from app.domain.keeping.account import Account, ContractBack, DuePart, LoanKept, MoneyIn, PlanKept
from app.domain.money import Rate

# Longer than any holiday: a date that moves does not leave what is written of the calendar.
LONGEST_BREAK_DAYS = 30


def account_file(account: Account, *, calendar_until: date | None = None) -> dict[str, Any]:
    """Return an account as the object that is written as JSON; reading it gives the account back,
    but for days off that none of its dates can meet.

    Units:  fen, ppm a year, dates ISO, instants of Beijing. calendar_until is the last day whose
            holidays are published, None where none are.
    Source: rules part 1, the account file.
    """
    first, last = days_needed(account)
    until = {} if calendar_until is None else {"calendar_until": min(calendar_until, last)}
    file = {
        "plan": _plan(account.plan, first, last),
        "date_changes": [
            {"number": one.number, "due_on": one.due_on.isoformat(), "at": _instant(one.at)}
            for one in account.date_changes
        ],
        "notices": [one._asdict() for one in account.told],
        "stopped": [one._asdict() for one in account.stopped],
        "payments": [_payment(one) for one in account.money],
        **({"refunds": [one._asdict() for one in account.refunds]} if account.refunds else {}),
        **until,
        # Of what is supposed where nothing is said the file of a plan that is kept says it.
        "supposes_notices": account.supposes_notices,
        "covered_until": account.covered_until,
        "policy": {**account.policy, "ceiling_ppm": account.ceiling_ppm},
        **_before_and_after(account),
    }
    plain: dict[str, Any] = _plain(file)
    return plain


def _before_and_after(account: Account) -> dict[str, Any]:
    """The agreements before and after it, where there are any."""
    found: dict[str, Any] = {}
    if earlier := account.earlier:
        found["earlier"] = {
            "start_on": earlier.start_on,
            "payments": [_payment(one) for one in earlier.money],
            "taken": [
                {"ref": one.ref, "left": _components(one.left), "waived": _components(one.waived)}
                for one in earlier.taken
            ],
        }
    if gone := account.replaced:
        found["replaced"] = gone._asdict() | {"at": _instant(gone.at)}
    return found


def days_needed(account: Account) -> tuple[date, date]:
    """Return the first and the last day whose being a working day can matter to an account.

    Source: rules part 1, how a signed plan is kept: dates.
    """
    plan = account.plan
    days = {one.due_on for kept in plan.loans for one in (*kept.parts, *kept.regular)}
    days |= {plan.start_on, plan.signed_on}
    days |= {one.due_on for one in account.date_changes}
    for told in account.told:
        days |= {told.sent_on, told.received_on or told.sent_on}
    for one in account.money:
        days |= {one.paid_on, beijing_date(one.posted_at)}
    days |= {one.from_on for kept in plan.loans for one in kept.pauses}
    days |= {one for stop in account.stopped for one in stop if one is not None}
    # Grace, and the days of a cure, each of which ends on a working day.
    after = plan.grace_days + plan.cure_days + 3 * LONGEST_BREAK_DAYS
    return min(days), max(days) + timedelta(days=after)


def _plan(plan: PlanKept, first: date, last: date) -> dict[str, Any]:
    return {
        "number": plan.number,
        "kind": plan.kind,
        "start_on": plan.start_on,
        "signed_on": plan.signed_on,
        "order": plan.order,
        "grace_days": plan.grace_days,
        "missed_before_notice": plan.missed_before_notice,
        "cure_days": plan.cure_days,
        "holidays": _between(plan.holidays, first, last),
        "workdays": _between(plan.workdays, first, last),
        "loans": [_loan(one) for one in plan.loans],
    }


def _between(days: Collection[date], first: date, last: date) -> list[date]:
    return sorted(one for one in days if first <= one <= last)


def _loan(loan: LoanKept) -> dict[str, Any]:
    return {
        "ref": loan.ref,
        "annual_ppm": _rate(loan.annual_ppm),
        "day_basis": loan.day_basis,
        "interest_from": loan.interest_from,
        "parts": _parts(loan.parts),
        "regular": _parts(loan.regular),
        "waivers": [one._asdict() for one in loan.waivers],
        "pauses": [one._asdict() for one in loan.pauses],
        "contract": None if loan.contract is None else _contract(loan.contract),
    }


def _parts(parts: Iterable[DuePart]) -> list[dict[str, Any]]:
    return [one._asdict() for one in parts]


def _rate(rate: Rate) -> int | str:
    """A whole rate as a number; half of an odd one as the fraction it is."""
    return rate if isinstance(rate, int) else str(rate)


def _contract(back: ContractBack) -> dict[str, Any]:
    terms, gross = back.terms, back.gross
    optional = {"due_day": terms.due_day, "interest_only": terms.interest_only or None}
    return {
        "principal_fen": terms.principal_fen,
        "annual_ppm": terms.annual_ppm,
        "uplift_ppm": terms.uplift_ppm,
        "method": terms.method.value,
        "periods": terms.periods,
        "paid": back.paid,
        "start_on": terms.start_on,
        **{name: value for name, value in optional.items() if value is not None},
        "principal_first_after_90d": back.principal_first_after_90d,
        "gross": _components(gross),
        "excess_fen": back.excess_fen,
    }


def _components(parts: Components) -> dict[str, int]:
    return {name.removesuffix("_fen"): fen for name, fen in parts._asdict().items()}


def _payment(one: MoneyIn) -> dict[str, Any]:
    return one._asdict() | {"posted_at": _instant(one.posted_at)}


def _instant(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat()


def _plain(value: Any) -> Any:
    """Dates as text, whatever they stand in."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
