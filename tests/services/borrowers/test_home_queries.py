"""Home and loan pages: figures to the fen, what comes next, and how few queries it takes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from app.domain.arrears import arrears
from app.domain.errors import NotFound
from app.services.borrowers import home_queries
from app.services.loans import queries as loan_queries
from app.services.loans.figures import terms_of
from tests.factories import make_borrower, make_contact, make_hold, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW

TODAY = date(2026, 11, 23)


def owed(loan, as_of=TODAY, **given):
    return arrears(
        terms_of(loan), paid=loan.paid, fee_fen=0, as_of=as_of, ceiling_ppm=240_000, **given
    )


def home_of(session, borrower):
    return home_queries.home(session, acting(), borrower_id=borrower.id)


def test_totals_are_those_of_the_engine_for_today(session, borrower):
    loans = [
        make_loan(session, borrower),
        make_loan(session, borrower, paid=5, principal_fen=777_701),
    ]
    found = home_of(session, borrower).totals
    expected = [owed(loan) for loan in loans]
    assert found.today_fen == sum(one.today_fen for one in expected) > 0
    assert found.payoff_fen == sum(one.payoff_fen for one in expected)
    parts = (
        found.principal_fen
        + found.interest_fen
        + found.penalty_fen
        + found.fee_fen
        + found.due_today_fen
    )
    assert parts - found.taken_off_fen == found.today_fen


def test_over_the_ceiling_the_excess_is_taken_off_the_total(session, borrower):
    loan = make_loan(session, borrower, annual_ppm=300_000)
    totals = home_of(session, borrower).totals
    assert loan.over_ceiling
    assert totals.taken_off_fen == owed(loan).excess_fen > 0
    assert totals.today_fen == owed(loan).today_fen


def test_where_the_file_is_lower_the_borrower_sees_the_lower_figure(session, borrower):
    loan = make_loan(session, borrower, differences={"penalty": -137})
    view = home_of(session, borrower).loans[0]
    assert view.is_checking
    assert view.owed.penalty_fen == owed(loan).penalty_fen - 137


def test_where_the_file_is_higher_the_borrower_sees_our_own(session, borrower):
    loan = make_loan(session, borrower, differences={"penalty": 5000})
    view = home_of(session, borrower).loans[0]
    assert view.is_checking
    assert view.owed == owed(loan)


def test_a_loan_missing_from_the_file_is_in_no_total(session, borrower):
    kept = make_loan(session, borrower)
    make_loan(session, borrower, missing_since_on=date(2026, 11, 22))
    found = home_of(session, borrower)
    assert found.totals.today_fen == owed(kept).today_fen
    assert (len(found.loans), found.counted) == (2, 1)
    assert {one.refusal for one in found.loans} == {None, "missing"}


def test_a_missing_loan_alone_is_being_checked_and_leads_nowhere_else(session, borrower):
    make_loan(session, borrower, missing_since_on=date(2026, 11, 22))
    found = home_of(session, borrower)
    assert (found.next.kind, found.totals.today_fen, found.next_due, found.as_of_on) == (
        "checking",
        0,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("state", "kind", "stage"),
    [
        ("submitted", "wait", "negotiate"),
        ("approved", "sign", "negotiate"),
        ("refused", "propose", "talk"),
        ("withdrawn", "propose", "talk"),
    ],
)
def test_an_open_version_takes_the_place_of_proposing(session, borrower, state, kind, stage):
    loan = make_loan(session, borrower)
    make_plan(session, loan, state=state, decided_at=NOW - timedelta(days=1))
    found = home_of(session, borrower)
    assert (found.next.kind, found.loans[0].stage) == (kind, stage)


def test_a_refusal_is_shown_while_it_may_be_appealed(session, borrower):
    loan = make_loan(session, borrower)
    version = make_plan(session, loan, state="refused", decided_at=NOW - timedelta(days=30))
    note = home_of(session, borrower).loans[0].plan
    assert (note.public_id, note.is_running) == (version.public_id, False)
    version.decided_at = NOW - timedelta(days=31)
    session.commit()
    assert home_of(session, borrower).loans[0].plan is None


def test_while_a_version_is_open_nothing_accrues(session, borrower):
    loan = make_loan(session, borrower)
    make_plan(session, loan, start_on=date(2026, 11, 21))
    view = home_of(session, borrower).loans[0]
    assert view.owed == owed(loan, as_of=date(2026, 11, 21))
    assert view.stopped_on == date(2026, 11, 21)
    assert view.days_past_due == owed(loan).days_past_due


def test_nothing_past_due_is_calm_and_names_the_next_instalment(session, borrower):
    make_loan(session, borrower, paid=11)
    found = home_of(session, borrower)
    loan, instalment = found.next_due
    assert (found.next.kind, found.totals.today_fen, loan.stage) == ("calm", 0, None)
    assert instalment.due_on == date(2026, 12, 18)


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [("code", "person"), ("service", "person"), ("reminder", "propose"), ("collection", "propose")],
)
def test_a_time_barred_loan_leads_to_a_person_unless_payment_was_asked_since(
    session, borrower, purpose, kind
):
    make_loan(session, borrower, start_on=date(2020, 1, 18), periods=12)
    assert home_of(session, borrower).next.kind == "person"
    make_contact(session, borrower, purpose=purpose, at=datetime(2025, 1, 1, tzinfo=UTC))
    assert home_of(session, borrower).next.kind == kind


@pytest.mark.parametrize(("age", "stale"), [(3, False), (4, True)])
def test_a_file_older_than_three_days_is_stale(session, borrower, age, stale):
    make_loan(session, borrower, as_of_on=TODAY - timedelta(days=age))
    found = home_of(session, borrower)
    assert (found.as_of_on, found.is_stale) == (TODAY - timedelta(days=age), stale)


@pytest.mark.parametrize(
    ("until", "running"),
    [(None, True), (NOW + timedelta(seconds=1), True), (NOW, False), (NOW - timedelta(1), False)],
)
def test_a_hold_shows_while_it_runs(session, borrower, until, running):
    make_loan(session, borrower)
    make_hold(session, borrower, until_at=until)
    assert (home_of(session, borrower).hold is not None) is running


def test_a_visit_is_the_stage_only_when_one_is_recorded_since(session, borrower):
    make_loan(session, borrower)
    assert home_of(session, borrower).loans[0].stage == "talk"
    make_contact(session, borrower, channel="visit", at=datetime(2026, 1, 5, tzinfo=UTC))
    assert home_of(session, borrower).loans[0].stage == "talk"
    make_contact(session, borrower, channel="visit", at=datetime(2026, 11, 5, tzinfo=UTC))
    assert home_of(session, borrower).loans[0].stage == "visit"


LAST_YEAR = datetime(2025, 11, 20, tzinfo=UTC)
THIS_YEAR = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("loans", "holds", "helps"),
    [
        ([{}], [], True),
        ([], [], False),
        # nothing is due
        ([{"paid": 11}], [], False),
        ([{"missing_since_on": date(2026, 11, 20)}], [], False),
        # held by a plan already, all or one of two
        ([{}], [{"cause": "plan_submitted"}], False),
        ([{}, {}], [{"cause": "plan_submitted"}], True),
        ([{}, {"paid": 11}], [{"cause": "plan_kept"}], False),
        # once in twelve months, from the day it began
        ([{}], [{"cause": "breathing", "from_at": THIS_YEAR, "until_at": THIS_YEAR}], False),
        ([{}], [{"cause": "breathing", "from_at": LAST_YEAR, "until_at": LAST_YEAR}], True),
        ([{}], [{"cause": "breathing", "until_at": datetime(2026, 12, 21, tzinfo=UTC)}], False),
    ],
)
def test_breathing_space_is_offered_to_those_it_helps(session, borrower, loans, holds, helps):
    made = [make_loan(session, borrower, **values) for values in loans]
    for values in holds:
        is_plans = values["cause"] != "breathing"
        if is_plans:
            make_plan(session, made[0])
        make_hold(session, borrower, loan_id=made[0].id if is_plans else None, **values)
    assert home_of(session, borrower).breathing.is_open is helps


def test_home_takes_as_many_queries_for_nine_loans_as_for_one(session, borrower):
    counts = []
    for more in (1, 8):
        for _ in range(more):
            make_loan(session, borrower)
        session.expire_all()
        session.info.clear()
        counts.append(_queries(session, lambda: home_of(session, borrower)))
    assert counts[0] == counts[1] <= 9


def test_another_borrowers_loan_is_not_found(session, vault, borrower):
    other = make_borrower(session, vault, mobile="19003740001")
    loan = make_loan(session, other)
    with pytest.raises(NotFound):
        loan_queries.loan_page(session, acting(), borrower_id=borrower.id, public_id=loan.public_id)
    assert not home_of(session, borrower).loans


def _queries(session, act):
    seen = []
    engine = session.get_bind().engine

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
