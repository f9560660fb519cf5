"""What the register comes to: kept in the transaction of what it tells of, as its parts are."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app.models import Agreement, AgreementSum, Loan, Plan, PlanVersion, RegisterSum
from app.services.register import sums
from app.services.register.filter import RegisterFilter
from app.services.register.sums import (
    begin_many,
    days_of,
    parts_totals,
    register_products,
    register_totals,
)
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.exporting import ALL, signed
from tests.support.several import signed_over, three_loans
from tests.support.signing import plain

MONTH = date(2026, 12, 1)
FILTERS = [
    {},
    {"state": "active"},
    {"state": "completed"},
    {"kind": "reamortise"},
    {"kind": "settlement"},
    {"product": "装修分期"},
    {"product": "教育分期"},
    {"product": "分期"},
    {"due_month": MONTH},
    {"due_month": date(2026, 11, 1)},
    {"from_on": NOW.date(), "to_on": NOW.date()},
    {"from_on": NOW.date() - timedelta(days=2), "state": "active", "due_month": MONTH},
    {"product": "教育分期", "kind": "reamortise", "due_month": MONTH, "state": "active"},
    {"number": "AH-"},
    {"number": "AH-", "product": "教育分期"},
]


@pytest.fixture
def make(session, vault, site):
    """make(days, product) -> an agreement signed that long ago."""

    def one(days=0, product="装修分期", **columns):
        borrower = make_borrower(session, vault)
        loan = make_loan(session, borrower, product=product)
        at = NOW - timedelta(days=days)
        return signed(session, vault, site, borrower=borrower, loan=loan, signed_at=at, **columns)

    return one


def agree(session) -> None:
    """Whatever is asked for, the kept sums are those of the parts."""
    for wanted in (RegisterFilter(**one) for one in FILTERS):
        assert register_totals(session, wanted=wanted) == parts_totals(session, wanted=wanted)


def test_whatever_is_filtered_by_the_kept_sums_are_those_of_the_parts(session, make):
    for days, product in ((0, "装修分期"), (1, "教育分期"), (1, "装修分期"), (40, "应急金")):
        make(days, product)
    agree(session)
    assert register_totals(session, wanted=ALL).count == 4
    assert register_totals(session, wanted=ALL).instalments > 4


def test_an_agreement_over_several_loans_is_counted_once_and_by_each_product(
    session, gateways, site
):
    borrower, loans = three_loans(session, gateways.vault)
    signed_over(session, plain(gateways), site, borrower, loans)
    agree(session)
    totals = [
        register_totals(session, wanted=RegisterFilter(product=one))
        for one in (None, "装修分期", "教育分期")
    ]
    assert len(set(map(repr, totals))) == 1
    assert totals[0].count == 1


def test_the_sums_follow_a_plan_that_moves_and_a_loan_whose_product_is_another(session, make):
    agreement = make()
    make(3)
    version = session.get_one(PlanVersion, agreement.version_id)
    session.execute(update(Plan).where(Plan.id == version.plan_id).values(state="completed"))
    assert register_totals(session, wanted=RegisterFilter(state="completed")).count == 1
    assert register_totals(session, wanted=RegisterFilter(state="active")).count == 1
    agree(session)
    session.execute(update(Loan).values(product="教育分期"))
    assert register_products(session) == ("教育分期",)
    agree(session)
    at = NOW - timedelta(days=9)
    session.execute(update(Agreement).where(Agreement.id == agreement.id).values(signed_at=at))
    agree(session)


def test_the_day_of_a_signature_is_beijings(session, make):
    make()
    at = NOW.replace(hour=16, minute=30)  # half past midnight in Beijing
    session.execute(update(Agreement).values(signed_at=at))
    assert session.scalar(select(AgreementSum.signed_on)) == NOW.date() + timedelta(days=1)


def test_what_changes_nothing_adds_no_difference(session, make):
    make()
    before = session.scalar(select(func.count()).select_from(RegisterSum))
    session.execute(update(Plan).values(state=Plan.state))
    session.execute(update(Loan).values(product=Loan.product, paid=Loan.paid))
    assert session.scalar(select(func.count()).select_from(RegisterSum)) == before


@pytest.mark.parametrize(
    ("until", "rows", "days"),
    [
        (None, 1, (0, 0)),
        (None, 2, (1, 0)),
        (None, 3, (5, 0)),
        (None, 99, (5, 0)),
        # of the day to go on from all may have been shown
        (1, 1, (5, 1)),
        (5, 1, (5, 5)),
        (6, 1, None),
    ],
)
def test_between_which_days_the_next_rows_lie(session, make, until, rows, days):
    for back in (0, 1, 5):
        make(back)
    make(3, product="教育分期")
    today = NOW.date()
    found = days_of(
        session,
        wanted=RegisterFilter(product="装修分期"),
        until=None if until is None else today - timedelta(days=until),
        rows=rows,
    )
    assert found == (days and tuple(today - timedelta(days=one) for one in days))


def test_a_number_that_many_begin_with_is_too_short(session, gateways, site, monkeypatch):
    monkeypatch.setattr(sums, "MOST_BEGIN", 2)
    for number in range(3):
        borrower = make_borrower(session, gateways.vault)
        loan = make_loan(session, borrower, ref=f"QX{number}")
        signed(session, gateways.vault, site, borrower=borrower, loan=loan)
    numbers = session.scalars(select(Agreement.number)).all()
    assert begin_many(session, number="AH-")
    assert begin_many(session, number="ah-")
    assert begin_many(session, number="QX")
    assert not begin_many(session, number="qx")
    assert not any(begin_many(session, number=one) for one in numbers)
    monkeypatch.setattr(sums, "MOST_BEGIN", 3)
    assert not begin_many(session, number="AH-")
