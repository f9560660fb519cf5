"""The account file of an agreement, and what paying its plan off takes, for its borrower alone."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.calendar import midnight
from app.domain.errors import NotFound
from app.domain.keeping.quoting import DayNotQuoted, NoQuote
from app.domain.keeping.reading import read_account
from app.domain.keeping.standing import standing
from app.domain.references import reference_of
from app.models import CalendarDay, PlanVersion
from app.services.keeping.accounts import accounts_of
from app.services.servicing.account_queries import account_file_of, payoff_view
from tests.factories import make_agreement, make_borrower
from tests.services.keeping.test_accounts import KINDS, signed_of
from tests.support.acting import acting
from tests.support.counting import statements
from tests.support.money import covered, paid, plan_of, taken_back, undone
from tests.support.several import approved_over, three_loans

ON = date(2026, 12, 15)


def owner_of(session, agreement) -> int:
    return plan_of(session, agreement.number).borrower_id


def file_of(session, agreement) -> dict:
    """The file as its bytes have it."""
    found = account_file_of(
        session, borrower_id=owner_of(session, agreement), number=agreement.number
    )
    return json.loads(json.dumps(found))


def with_money(session, agreement) -> None:
    """Paid in part, taken back, taken off again, paid ahead; all on record to a day."""
    number = agreement.number
    paid(session, number, fen=30_001, on=date(2026, 12, 9))
    back = paid(session, number, fen=7_000, on=date(2026, 12, 10))
    taken_back(session, back, number, on=date(2026, 12, 12))
    wrong = paid(session, number, fen=9_000, on=date(2026, 12, 11))
    undone(session, wrong, at=midnight(date(2026, 12, 14)))
    covered(session, date(2026, 12, 14))


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_the_account(session, vault, site, kind):
    agreement, _loan, _version = signed_of(session, vault, site, kind)
    with_money(session, agreement)
    plan = plan_of(session, agreement.number)
    account = accounts_of(session, plan_ids=[plan.id])[plan.id]
    read = read_account(file_of(session, agreement))
    days = {"holidays": account.plan.holidays, "workdays": account.plan.workdays}
    assert replace(read, plan=replace(read.plan, **days)) == account
    assert (read.supposes_notices, read.covered_until) == (False, date(2026, 12, 14))
    for day in (ON, ON + timedelta(days=200)):
        assert standing(read, day) == standing(account, day)


def test_it_names_the_policy_and_the_numbers_used(session, vault, site):
    agreement, _loan, version = signed_of(session, vault, site, "reamortise")
    policy = file_of(session, agreement)["policy"]
    assert policy == {
        "version": version.policy_version,
        "ceiling_ppm": 240_000,
        "grace_days": 3,
        "missed_before_notice": 2,
        "cure_days": 10,
        "date_change_days": 14,
    }


def test_it_holds_of_the_calendar_what_the_plan_can_need(session, vault, site):
    agreement, _loan, _version = signed_of(session, vault, site, "settlement")
    near, far = date(2026, 12, 7), date(2031, 10, 1)
    session.add(CalendarDay(day_on=near, is_working=False, name="休", notice_year=2026))
    session.commit()
    assert session.get(CalendarDay, far)
    file = file_of(session, agreement)
    assert near.isoformat() in file["plan"]["holidays"]
    assert far.isoformat() not in file["plan"]["holidays"]
    assert max(file["plan"]["holidays"]) <= max(file["calendar_until"], "2027-03-31")


def test_without_a_file_of_repayments_nothing_can_be_missed(session, vault, site):
    agreement, _loan, _version = signed_of(session, vault, site, "reamortise")
    read = read_account(file_of(session, agreement))
    assert standing(read, ON + timedelta(days=300)).missed == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_payoff_is_what_the_plan_stands_at_on_the_day(session, vault, site, kind):
    agreement, _loan, _version = signed_of(session, vault, site, kind)
    if kind != "settlement":
        paid(session, agreement.number, fen=30_001, on=date(2026, 12, 1))
    plan = plan_of(session, agreement.number)
    account = accounts_of(session, plan_ids=[plan.id])[plan.id]
    today = date(2026, 12, 2)
    for days in (0, 3, 30):
        day = today + timedelta(days=days)
        found = view(session, vault, site, agreement, today, on=day)
        assert found.asked_fen == standing(account, day).payoff_fen
        assert sum(line.fen for line in found.lines if line.kind == "step") == found.asked_fen
        assert found.refusal is None
    assert (found.first, found.last) == (today, today + timedelta(days=30))
    assert found.reference == reference_of(plan.number)


def view(session, vault, site, agreement, today, *, on=None, borrower_id=None):
    return payoff_view(
        session,
        acting(now=midnight(today) + timedelta(hours=10), vault=vault, site=site),
        borrower_id=borrower_id or owner_of(session, agreement),
        number=agreement.number,
        on=on,
    )


def test_a_day_without_a_quote_is_refused_and_today_is_shown(session, vault, site):
    agreement, _loan, _version = signed_of(session, vault, site, "reamortise")
    today = date(2026, 12, 2)
    found = view(session, vault, site, agreement, today, on=today + timedelta(days=31))
    assert isinstance(found.refusal, DayNotQuoted)
    assert found.is_today
    assert found.asked_fen == view(session, vault, site, agreement, today).asked_fen


def test_a_completed_plan_has_none(session, vault, site):
    agreement, _loan, _version = signed_of(session, vault, site, "reamortise")
    today = date(2026, 12, 2)
    owed = view(session, vault, site, agreement, today).asked_fen
    paid(session, agreement.number, fen=owed, on=today)
    with pytest.raises(NoQuote):
        view(session, vault, site, agreement, today)


def test_of_several_loans_each_has_its_own_line(session, vault, site):
    borrower, loans = three_loans(session, vault)
    public_id = approved_over(session, vault, site, borrower, loans)
    agreement = make_agreement(session, version_of(session, public_id))
    today = date(2026, 12, 20)
    found = view(session, vault, site, agreement, today)
    told = [line.what for line in found.lines]
    assert sum("尾号" in one for one in told) == found.loans == 3
    assert len(read_account(file_of(session, agreement)).plan.loans) == 3


def version_of(session, public_id):
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def test_someone_elses_agreement_is_not_there(session, vault, site):
    agreement, _loan, _version = signed_of(session, vault, site, "reamortise")
    other = make_borrower(session, vault, mobile="19003740111")
    with pytest.raises(NotFound):
        account_file_of(session, borrower_id=other.id, number=agreement.number)
    with pytest.raises(NotFound):
        view(session, vault, site, agreement, ON, borrower_id=other.id)


def test_few_questions_however_much_money(session, vault, site, database):
    agreement, _loan, _version = signed_of(session, vault, site, "reamortise")
    for day in range(1, 25):
        paid(session, agreement.number, fen=1_000, on=date(2026, 12, day))
    owner = owner_of(session, agreement)
    session.rollback()
    with statements(database.engine) as seen:
        account_file_of(session, borrower_id=owner, number=agreement.number)
    assert len(seen) <= 7
    session.rollback()
    with statements(database.engine) as seen:
        view(session, vault, site, agreement, date(2026, 12, 25), borrower_id=owner)
    assert len(seen) <= 7
