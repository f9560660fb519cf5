"""Signed plans as accounts: what their terms say, and what came for them, as facts."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from app.domain.keeping.standing import standing
from app.models import CalendarDay, PlanVersion
from app.services.keeping.accounts import accounts_of, covered_until, signed_plans, standings_of
from app.services.proposals.basis import Answers
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.counting import FRAMES
from tests.support.kinds import KINDS, signed_of
from tests.support.money import covered, paid, plan_of
from tests.support.proposals import approved_at_once
from tests.support.several import three_loans


@pytest.fixture
def signed(session, vault, site):
    return signed_of(session, vault, site, "reamortise")


def account_of(session, agreement):
    plan = plan_of(session, agreement.number)
    return accounts_of(session, plan_ids=[plan.id])[plan.id]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_an_account_of_its_own_terms(session, vault, site, kind):
    agreement, loan, version = signed_of(session, vault, site, kind)
    account = account_of(session, agreement)
    (kept,) = account.plan.loans
    assert (kept.ref, kept.day_basis, account.plan.kind) == (
        loan.ref,
        loan.day_basis,
        version.kind,
    )
    assert sum(one.fen for one in kept.parts) == version.total_fen
    assert sum(one.fen for one in kept.waivers) == sum(
        one["fen"] for one in version.terms["loans"][0]["waived"]
    )
    assert kept.contract.gross._asdict() == version.terms["loans"][0]["gross"]
    assert bool(kept.regular) == (kind == "catch_up")
    assert (kept.interest_from is None) == (version.kind != "deferral")
    assert (account.supposes_notices, account.money) == (False, ())


@pytest.mark.parametrize("kind", KINDS)
def test_paid_as_printed_it_is_completed(session, vault, site, kind):
    agreement, _loan, _version = signed_of(session, vault, site, kind)
    account = account_of(session, agreement)
    (kept,) = account.plan.loans
    # On the days as they moved: money that comes a day earlier saves a day's interest.
    stands = standing(account, account.plan.signed_on)
    ends_on = max(one.due_on for one in stands.instalments if not one.is_regular)
    by_day: dict[date, int] = {}
    for one in stands.instalments:
        if one.due_on <= ends_on:
            by_day[one.due_on] = by_day.get(one.due_on, 0) + one.amount_fen
    for day, fen in by_day.items():
        paid(session, agreement.number, fen=fen, on=day)
    found = standing(account_of(session, agreement), ends_on + timedelta(days=7))
    assert (found.state, found.left_fen, found.credit_fen, found.missed) == ("completed", 0, 0, 0)
    assert found.waived_fen == sum(one.fen for one in kept.waivers)
    assert found.released_fen == 0


def test_a_loan_that_the_file_moved_on_keeps_what_was_paid_at_the_start(session, signed):
    agreement, loan, _version = signed
    before = account_of(session, agreement).plan.loans[0].contract
    loan.paid += 2
    session.commit()
    assert account_of(session, agreement).plan.loans[0].contract == before


def test_dates_move_by_the_calendar_that_is_stored(session, signed):
    agreement, _loan, _version = signed
    due = date(2026, 12, 10)
    plan = plan_of(session, agreement.number)
    before = standings_of(session, plan_ids=[plan.id], as_of=date(2026, 12, 1))[plan.id]
    assert due in {one.due_on for one in before.instalments}
    session.add(CalendarDay(day_on=due, is_working=False, name="休", notice_year=2026))
    session.commit()
    after = standings_of(session, plan_ids=[plan.id], as_of=date(2026, 12, 1))[plan.id]
    assert due + timedelta(days=1) in {one.due_on for one in after.instalments}


def test_a_day_is_covered_by_the_latest_file_only(session, signed):
    agreement, _loan, _version = signed
    assert (covered_until(session), account_of(session, agreement).covered_until) == (
        None,
        date.min,
    )
    for day in (date(2026, 12, 3), date(2026, 12, 2)):
        covered(session, day)
    assert covered_until(session) == date(2026, 12, 3)
    assert account_of(session, agreement).covered_until == date(2026, 12, 3)


def test_nothing_is_missed_before_a_file_covers_its_grace(session, signed):
    agreement, _loan, _version = signed
    plan = plan_of(session, agreement.number)
    later = date(2027, 1, 5)
    for until, missed in ((None, 0), (date(2026, 11, 29), 0), (date(2026, 12, 20), 2)):
        if until:
            covered(session, until)
        found = standings_of(session, plan_ids=[plan.id], as_of=later)[plan.id]
        # noticed only once a notice was sent
        assert (found.missed, found.state, found.notice_on) == (missed, "active", None)


def test_many_plans_cost_as_few_queries_as_one(session, vault, site):
    borrower, loans = three_loans(session, vault)
    ids = []
    for loan in loans:
        public_id = approved_at_once(
            session,
            vault,
            site,
            borrower=borrower,
            loan=loan,
            answers=Answers(choice="best_fit", kind="reamortise", **KINDS["reamortise"]),
        )
        query = select(PlanVersion).where(PlanVersion.public_id == public_id)
        version = session.scalars(query).one()
        make_agreement(session, version)
        ids.append(version.plan_id)
    counted = []
    for some in (ids[:1], ids):
        session.rollback()
        session.expunge_all()
        seen = []

        def note(_connection, _cursor, statement, *_, seen=seen):
            if not statement.startswith(FRAMES):
                seen.append(statement)

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        assert set(accounts_of(session, plan_ids=some)) == set(some)
        event.remove(connection, "before_cursor_execute", note)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 5


def test_a_plan_that_was_not_signed_is_no_account(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    public_id = approved_at_once(
        session,
        vault,
        site,
        borrower=borrower,
        loan=loan,
        answers=Answers(choice="best_fit", kind="reamortise", **KINDS["reamortise"]),
    )
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    assert signed_plans(session, plan_ids=[version.plan_id]) == ()
    assert accounts_of(session, plan_ids=[version.plan_id]) == {}
