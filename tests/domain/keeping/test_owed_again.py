"""What a broken plan's loans owe by their contracts, and that its lines add up to it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.allocation import Components
from app.domain.arrears import arrears
from app.domain.keeping.account import Account, Stopped, Told
from app.domain.keeping.owed_again import owed_again
from app.domain.keeping.reading import read_account
from app.domain.keeping.standing import standing
from app.domain.pauses import Pause
from tests.domain.keeping.accounts import account, contract, loan, paid
from tests.independent.test_two_programs import START as BEGINS
from tests.independent.test_two_programs import files

NOTICE, BROKEN = date(2026, 2, 25), date(2026, 3, 10)
AFTER = date(2026, 4, 20)


def broken(*loans, money=(), stands=False, **changes) -> Account:
    """A plan of which nothing was paid in time, broken after its notice."""
    found = account(*(loans or (loan(contract=contract(), upfront=5_000),)), money=money, **changes)
    told = (Told("notice", NOTICE, NOTICE), Told("break", BROKEN, stands=stands))
    return replace(found, told=told, supposes_notices=False)


@given(files(), st.integers(0, 260))
@settings(max_examples=150, deadline=None)
def test_lines_add_up_and_are_where_the_plan_stands_for_every_kind_and_several_loans(file, days):
    kept, as_of = read_account(file), BEGINS + timedelta(days=days)
    again, stands = owed_again(kept, as_of), standing(kept, as_of)
    assert (again is None) == (stands.state != "broken")
    if again is None:
        return
    for one in again.lines:
        asked = one.start.total + one.passed_fen + one.penalty_fen
        assert asked - one.laid.total - one.off.total == one.due_fen >= 0
        assert one.penalty_fen >= 0
    owed = again.owed.values()
    assert sum(one.today_fen for one in owed) == stands.due_fen
    ahead = sum(one.ahead_fen for one in again.lines)
    assert ahead == stands.ahead_fen
    assert sum(one.payoff_fen for one in owed) - ahead == stands.payoff_fen or not stands.payoff_fen
    laid = sum(one.laid.total for one in again.lines)
    came = {one.number: one.fen for one in kept.money if one.paid_on <= as_of}
    gone = {one.reverses for one in kept.money if one.reverses and one.paid_on <= as_of}
    back = {one.number for one in kept.money if one.reverses}
    assert laid + ahead == sum(f for number, f in came.items() if number not in gone | back)


def test_without_money_it_is_what_the_contract_asks_with_the_plans_days_free():
    kept = broken()
    found = owed_again(kept, AFTER)
    back = kept.plan.loans[0].contract
    pause = Pause(kept.plan.start_on, BROKEN)
    alone = arrears(back.terms, paid=4, fee_fen=0, as_of=AFTER, ceiling_ppm=240_000, pauses=[pause])
    mine = found.owed["L1"]
    assert (mine.overdue_principal_fen, mine.interest_fen, mine.payoff_fen - mine.penalty_fen) == (
        alone.overdue_principal_fen,
        alone.interest_fen,
        alone.payoff_fen - alone.penalty_fen,
    )
    assert mine.days_past_due == alone.days_past_due
    assert mine.paid == 4
    # Instalments that passed in the plan bear it only from the break on; the start's own stays.
    assert mine.penalty_fen == 600 + found.lines[0].penalty_fen


def test_a_paid_instalment_counts_as_paid_and_its_rest_is_overdue():
    kept = broken(money=[paid(1, date(2026, 1, 20), 40_000)])
    found = owed_again(kept, AFTER).owed["L1"]
    assert found.paid > 4
    assert found.overdue[0].number == found.paid + 1


def test_a_break_that_only_stands_asks_no_penalty_of_its_time():
    money = [paid(1, date(2026, 1, 8), 60_000)]
    found = owed_again(broken(money=money, stands=True), AFTER)
    assert found.break_stands
    assert found.lines[0].penalty_fen == 0
    assert owed_again(broken(money=[], stands=True), AFTER).lines[0].penalty_fen == 0
    assert standing(broken(money=money, stands=True), AFTER).state == "broken"


def test_money_in_time_makes_it_no_break():
    money = [paid(1, date(2026, 2, 20), 200_000)]
    assert owed_again(broken(money=money), AFTER) is None


@pytest.mark.parametrize(
    ("stopped", "until"),
    [
        ((), date(2026, 3, 9)),
        ((Stopped(date(2026, 2, 26), date(2026, 2, 27)),), date(2026, 3, 9)),
        ((Stopped(date(2026, 2, 26), date(2026, 3, 4)),), date(2026, 3, 16)),
        ((Stopped(date(2026, 3, 8), date(2026, 3, 10)),), date(2026, 3, 11)),
        ((Stopped(date(2026, 1, 20), date(2026, 1, 30)),), date(2026, 3, 9)),
        # Still waiting: every day of it is left out.
        ((Stopped(date(2026, 3, 1)),), date(2026, 4, 27)),
    ],
)
def test_a_complaint_about_the_money_stops_the_clock(stopped, until):
    kept = account(loan(contract=contract(), upfront=5_000))
    told = (Told("notice", NOTICE, NOTICE),)
    kept = replace(kept, told=told, supposes_notices=False, stopped=stopped)
    assert standing(kept, AFTER).cure_until == until


def test_a_loan_without_its_contract_has_nothing_to_tell():
    assert owed_again(broken(loan(upfront=5_000)), AFTER) is None
    assert owed_again(broken(), BROKEN - timedelta(days=1)) is None


def test_the_first_components_are_the_starts():
    (line,) = owed_again(broken(), AFTER).lines
    assert line.start == Components(0, 600, 3_375, 30_000)
