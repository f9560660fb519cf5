"""From signature the plan is the book of its loan: what fell due, what comes next, and what home
adds up.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, update

from app.config import Settings
from app.models import Borrower, Loan, LoanSnapshot
from app.services.agreements import queries as agreement_queries
from app.services.borrowers import home_queries
from app.services.borrowers.desk_queries import loan_desk
from app.services.core.working_days import CALENDARS
from app.services.loans import queries as loan_queries
from app.services.proposals.basis import Answers
from app.services.signed_files.handing_out import own_pdf
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.counting import FRAMES
from tests.support.installation import KEYS
from tests.support.kinds import signed_of
from tests.support.money import paid, undone
from tests.support.signing import approved, kept_of, plain, signed

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")
TODAY = date(2026, 11, 23)


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, gateways, site, borrower=borrower, loan=loan, answers=WITH_FIRST)


def home_of(session, borrower, days=0):
    found = home_queries.home(
        session, acting(now=NOW + timedelta(days=days)), borrower_id=borrower.id
    )
    session.rollback()
    return found


@pytest.mark.parametrize(
    ("days", "past", "due_today", "next_number"),
    [
        (0, [], False, 0),
        (2, [], False, 0),
        (3, [], True, 0),  # 26 November: the first payment, three days after the signature
        (4, [0], False, 0),
        (16, [0], False, 0),
        (17, [0], True, 0),  # 10 December
        (18, [0, 1], False, 0),
    ],
)
def test_what_fell_due_and_what_comes_next(
    session, borrower, number, days, past, due_today, next_number
):
    kept = kept_of(session, borrower, number, days)
    by_number = {one.number: one for one in kept.payments}
    assert [one.number for one in kept.due if one.due_on < kept.today] == past
    assert kept.next.number == next_number
    today = [one.amount_fen for one in kept.payments if one.due_on == kept.today]
    assert kept.due_today_fen == sum(today)
    assert bool(today) == due_today
    assert kept.due_fen == sum(by_number[one].amount_fen for one in past) + kept.due_today_fen
    assert kept.asked_fen == (kept.due_fen or kept.next.left_fen)
    assert sum(one.amount_fen for one in kept.payments) == kept.terms.total_fen


def test_after_the_last_day_all_is_due_and_without_a_file_nothing_is_missed(
    session, borrower, number
):
    kept = kept_of(session, borrower, number, days=2000)
    assert (kept.next.number, {one.state for one in kept.payments}) == (0, {"due"})
    assert kept.due_fen == kept.left_fen == kept.asked_fen == kept.terms.total_fen


def test_money_that_came_is_taken_off_and_shown_with_what_it_covered(session, borrower, number):
    paid(session, number, fen=50_000 + 100_000, on=date(2026, 11, 26))
    kept = kept_of(session, borrower, number, days=5)
    first, second = kept.payments[:2]
    assert (first.state, first.left_fen) == ("paid", 0)
    assert (second.state, second.paid_fen) == ("part", 100_000)
    assert (kept.due_fen, kept.next.number) == (0, 1)
    assert kept.asked_fen == second.left_fen == second.amount_fen - 100_000
    assert kept.left_fen == kept.terms.total_fen - 150_000
    (came,) = kept.received
    assert (came.fen, came.ahead_fen, came.credit_fen) == (150_000, 100_000, 0)
    assert {
        number: sum(one.fen for one in parts) for number, parts in came.by_instalment.items()
    } == {0: 50_000}
    assert home_of(session, borrower, days=5).totals.today_fen == 0


def test_what_was_taken_back_is_no_longer_counted_and_told(session, borrower, number):
    payment = paid(session, number, fen=50_000, on=date(2026, 11, 26))
    undone(session, payment, at=NOW + timedelta(days=4))
    kept = kept_of(session, borrower, number, days=5)
    assert (kept.due_fen, kept.received[0].is_taken_back) == (50_000, True)
    assert kept.received[0].ahead_fen == 0


def test_a_plan_that_is_paid_asks_for_nothing_more(session, borrower, number):
    total = kept_of(session, borrower, number).terms.total_fen
    paid(session, number, fen=total + 700, on=date(2026, 11, 26))
    kept = kept_of(session, borrower, number, days=5)
    assert (kept.next, kept.asked_fen, kept.left_fen, kept.stands.state) == (
        None,
        0,
        0,
        "completed",
    )
    # paid so early that interest of months to come is never asked: it is theirs again
    assert kept.received[0].credit_fen == 700 + kept.stands.released_fen
    assert home_of(session, borrower, days=5).next_due is None


@pytest.mark.parametrize("days", [0, 3, 4, 17, 50])
def test_home_adds_up_the_plan_and_not_the_old_arrears(session, borrower, number, days):
    kept, totals = kept_of(session, borrower, number, days), home_of(session, borrower, days).totals
    assert totals.today_fen == kept.due_fen
    parts = (
        totals.principal_fen
        + totals.interest_fen
        + totals.penalty_fen
        + totals.fee_fen
        + totals.due_today_fen
    )
    assert (parts, totals.taken_off_fen, totals.payoff_fen) == (totals.today_fen, 0, 0)


def test_another_loan_is_still_counted_by_its_contract(session, borrower, number):
    other = make_loan(session, borrower)
    found = home_of(session, borrower, days=5)
    view = next(one for one in found.loans if one.public_id == other.public_id)
    assert view.kept is None
    assert found.totals.payoff_fen == view.owed.payoff_fen
    kept = kept_of(session, borrower, number, days=5)
    assert found.totals.today_fen == view.owed.today_fen + kept.due_fen


def test_home_leads_to_paying_and_tells_the_next_date(session, borrower, number):
    found = home_of(session, borrower)
    assert (found.next.kind, found.next.loan.kept.agreement) == ("pay", number)
    assert found.next_due[1].due_on == date(2026, 11, 26)
    assert found.hold.cause == "plan_kept"
    assert found.payable is None


def test_a_signed_loan_that_is_missing_from_the_file_is_in_no_total(
    session, borrower, number, loan
):
    session.execute(update(Loan).values(missing_since_on=TODAY))
    session.commit()
    found = home_of(session, borrower, days=5)
    assert (found.next.kind, found.totals.today_fen) == ("wait", 0)


def test_staff_still_see_what_the_contract_and_the_file_say(session, vault, borrower, number, loan):
    desk = loan_desk(
        session, acting(now=NOW + timedelta(days=5), vault=vault), public_id=loan.public_id
    )
    assert desk.page.loan.owed.today_fen > 0
    assert desk.page.loan.kept.agreement == number
    assert {one.name for one in desk.compared} >= {"left"}


def test_other_borrowers_plans_are_their_own(session, vault, number):
    other = make_borrower(session, vault, mobile="19003740002", id_number="990101198901141789")
    make_loan(session, other)
    assert home_of(session, other).kept == ()


# how few queries it takes


def queries(session, act) -> int:
    session.rollback()
    session.expunge_all()
    session.info.pop("anhuan_policy", None)
    seen = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith(FRAMES):
            seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return len(seen)


def test_pages_take_few_queries_however_many_loans(
    session, gateways, site, vault, borrower, number, loan
):
    view = {"borrower_id": borrower.id}
    # a process keeps the calendar as it was last read
    session.info[CALENDARS] = {}
    home_of(session, borrower)
    public_id, me = loan.public_id, borrower.id
    counted = {
        "home": queries(session, lambda: home_queries.home(session, acting(), **view)),
        "loan": queries(
            session, lambda: loan_queries.loan_page(session, acting(), public_id=public_id, **view)
        ),
        "agreement": queries(
            session,
            lambda: agreement_queries.agreement_view(session, acting(), number=number, **view),
        ),
        "pdf": queries(
            session,
            lambda: own_pdf(session, gateways=gateways, borrower_id=me, number=number),
        ),
    }
    assert counted == {"home": 7, "loan": 7, "agreement": 7, "pdf": 1}
    for minute in (1, 2):
        person, at = session.merge(borrower), NOW + timedelta(minutes=minute)
        signed(session, gateways, site, borrower=person, loan=make_loan(session, person), now=at)
    assert queries(session, lambda: home_queries.home(session, acting(), **view)) == 7
    person = session.merge(borrower)
    version = approved(session, gateways, site, borrower=person, loan=make_loan(session, person))
    shown = {"version_public_id": version}
    assert (
        queries(
            session,
            lambda: agreement_queries.sign_view(
                session, acting(vault=vault, site=site), **shown, **view
            ),
        )
        == 7
    )


# dates for a calendar


def test_the_file_of_the_loan_moves_on_and_the_plan_stays(session, borrower, number, loan):
    """A newer file with other figures changes nothing that the borrower is asked for."""
    before = home_of(session, borrower, days=5).totals.today_fen
    session.execute(update(Loan).values(as_of_on=date(2026, 11, 27), paid=4, difference=True))
    session.execute(
        update(LoanSnapshot).values(as_of_on=date(2026, 11, 27), differences={"penalty": -100})
    )
    session.commit()
    assert home_of(session, borrower, days=5).totals.today_fen == before


def test_beside_a_catch_up_what_the_contract_asks_on_the_day_is_asked_with_it(session, vault, site):
    agreement, loan, version = signed_of(session, vault, site, "catch_up")
    borrower = session.get_one(Borrower, loan.borrower_id)
    view = loan_queries.loan_page(
        session, acting(), borrower_id=borrower.id, public_id=loan.public_id
    ).loan
    part, regular = view.kept.next, version.terms["regular"][0]
    asked = regular["principal_fen"] + regular["interest_fen"]
    assert (view.kept.regular_fen, view.kept.asked_fen) == (asked, part.left_fen + asked)
    assert view.coming.amount_fen == view.kept.asked_fen
    paid(session, agreement.number, fen=view.kept.asked_fen, on=part.due_on)
    session.expire_all()
    at = NOW + timedelta(days=60)
    view = loan_queries.loan_page(
        session, acting(now=at), borrower_id=borrower.id, public_id=loan.public_id
    ).loan
    assert view.kept.payments[0].state == "paid"


def test_where_the_contract_alone_asks_next_its_day_is_told(session, vault, site):
    agreement, loan, version = signed_of(session, vault, site, "catch_up")
    borrower = session.get_one(Borrower, loan.borrower_id)
    first = version.terms["loans"][0]["instalments"][0]
    parts = ("principal_fen", "interest_fen", "old_interest_fen", "penalty_fen", "fee_fen")
    paid(session, agreement.number, fen=sum(first[name] for name in parts), on=NOW.date())
    kept = loan_queries.loan_page(
        session, acting(), borrower_id=borrower.id, public_id=loan.public_id
    ).loan.kept
    assert (kept.asked_part, kept.asked_on < kept.next.due_on) == (None, True)
    assert kept.asked_fen == kept.regular_fen > 0
