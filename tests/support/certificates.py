"""Plans of every kind paid to their end, and certified in the transaction that says so."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from app.domain.calendar import midnight
from app.domain.keeping.account import MoneyIn
from app.domain.keeping.standing import standing
from app.models import Certificate, PlanVersion
from app.services.certificates.issuing import issue, withdraw
from app.services.core.transaction import transaction
from app.services.keeping.accounts import accounts_of
from app.services.proposals.basis import Answers
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.acting import acting
from tests.support.money import paid, plan_of
from tests.support.proposals import approved_at_once

KINDS = {
    "reamortise": {"upfront_fen": 50_000, "monthly_fen": 130_000, "pay_day": 10},
    "catch_up": {"upfront_fen": 0, "periods": 3},
    "settlement": {"pay_on": date(2026, 12, 5)},
    "step_up": {
        "upfront_fen": 0,
        "low_fen": 30_000,
        "low_months": 3,
        "periods": 12,
        "pay_day": 10,
    },
    "later": {"months": 2, "way": "later"},
    "monthly": {"months": 2, "way": "monthly"},
}


def signed_of(session, vault, site, kind="reamortise", *, borrower=None, **loan):
    """The number of a signed agreement of a kind; a catch-up whose loan goes on."""
    borrower = borrower or make_borrower(session, vault)
    is_deferral = "way" in KINDS[kind]
    owed = make_loan(
        session, borrower, **({"periods": 24, "paid": 11 if is_deferral else 9} | loan)
    )
    answers = Answers(choice="best_fit", kind="deferral" if is_deferral else kind, **KINDS[kind])
    public_id = approved_at_once(
        session, vault, site, borrower=borrower, loan=owed, answers=answers
    )
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    return make_agreement(session, version).number


def account_of(session, agreement):
    plan = plan_of(session, agreement)
    return accounts_of(session, plan_ids=[plan.id])[plan.id]


def paid_as_printed(session, agreement) -> date:
    """Pay everything on its day, as days moved; return the last of the days."""
    account = account_of(session, agreement)
    stands = standing(account, account.plan.signed_on)
    ends_on = max(one.due_on for one in stands.instalments if not one.is_regular)
    by_day: dict[date, int] = {}
    for one in stands.instalments:
        if one.due_on <= ends_on:
            by_day[one.due_on] = by_day.get(one.due_on, 0) + one.amount_fen
    for day, fen in by_day.items():
        paid(session, agreement, fen=fen, on=day)
    return ends_on


def paid_off(session, agreement, *, on: date):
    """Pay the whole plan off on a day; return the payment."""
    found = standing(account_of(session, agreement), on)
    return paid(session, agreement, fen=found.payoff_fen, on=on)


def certified(session, vault, site, agreement, *, on: date, now=None) -> Certificate:
    """Complete a plan that has nothing left, as the transaction of its last money does."""
    context = acting(now=now or midnight(on + timedelta(days=1)), vault=vault, site=site)
    account = account_of(session, agreement)
    session.rollback()
    with transaction(session):
        plan = plan_of(session, agreement)
        plan.state = "completed"
        return issue(session, context, plan=plan, account=account, stands=standing(account, on))


def withdrawn(session, agreement, *, now) -> None:
    """Make a plan run again whose money was taken back."""
    with transaction(session):
        plan = plan_of(session, agreement)
        plan.state = "active"
        withdraw(session, acting(now=now), plan=plan)


def as_if_paid(session, vault, site, agreement) -> str:
    """The public id of a certificate of a plan that still runs, for pages that only need one."""
    account = account_of(session, agreement)
    day = account.plan.signed_on + timedelta(days=1)
    fen = standing(account, day).payoff_fen
    whole = replace(account, money=(MoneyIn("x", day, day, midnight(day), fen),))
    session.rollback()
    with transaction(session):
        context = acting(now=midnight(day), vault=vault, site=site)
        plan = plan_of(session, agreement)
        made = issue(session, context, plan=plan, account=whole, stands=standing(whole, day))
        return made.public_id
