"""An account written as a file and read again is the same account, and stands the same."""

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.keeping.account import RefundMade, Told
from app.domain.keeping.reading import AccountUnreadable, read_account
from app.domain.keeping.standing import standing
from app.domain.keeping.writing import account_file, days_needed
from tests.domain.keeping.accounts import START, account, contract, loan, paid
from tests.independent.test_two_programs import DAYS, files

KEPT = st.tuples(st.booleans(), st.one_of(st.none(), st.just(date.min), DAYS))


def again(one, **how):
    """Through the bytes of a file, as it is downloaded."""
    return read_account(json.loads(json.dumps(account_file(one, **how))))


@given(files(), KEPT, DAYS)
@settings(max_examples=150, deadline=None)
def test_reading_what_was_written_gives_the_account_back(file, kept, as_of):
    supposes, covered = kept
    read = replace(read_account(file), supposes_notices=supposes, covered_until=covered)
    one = replace(read, policy={"version": 3, "ceiling_ppm": read.ceiling_ppm})
    assert again(one) == one
    assert standing(again(one), as_of) == standing(one, as_of)


def test_every_part_of_a_contract_is_written():
    terms = replace(contract().terms, due_day=31, interest_only=2)
    one = account(loan(contract=replace(contract(), terms=terms, excess_fen=3)))
    written = account_file(one)["plan"]["loans"][0]["contract"]
    assert (written["due_day"], written["interest_only"], written["excess_fen"]) == (31, 2, 3)
    assert again(one).plan == one.plan


def test_what_is_as_everywhere_is_left_out():
    written = account_file(account(loan(contract=contract())))["plan"]["loans"][0]["contract"]
    assert not {"due_day", "interest_only"} & written.keys()


def test_half_of_an_odd_rate_is_a_fraction():
    one = account(replace(loan(), annual_ppm=Fraction(182_501, 2)))
    assert account_file(one)["plan"]["loans"][0]["annual_ppm"] == "182501/2"
    assert again(one).plan == one.plan


def test_only_the_days_off_that_its_dates_can_meet_are_written():
    near, far, before = START + timedelta(days=20), date(2031, 10, 1), date(2020, 1, 1)
    plain = account(loan())
    plan = replace(plain.plan, holidays=frozenset({near, far, before}), workdays=frozenset({far}))
    one = replace(plain, plan=plan)
    written = account_file(one)["plan"]
    assert (written["holidays"], written["workdays"]) == ([near.isoformat()], [])


def test_the_calendar_is_needed_to_the_end_of_a_cure_and_of_what_a_reversal_gives():
    told = Told("notice", START, received_on=date(2028, 1, 3))
    late = paid(1, START, 5_000, posted=date(2029, 5, 5))
    for one, last in (
        (replace(account(loan()), told=(told,)), date(2028, 1, 3)),
        (account(loan(), money=[late]), date(2029, 5, 5)),
    ):
        assert days_needed(one)[0] <= START
        assert days_needed(one)[1] > last + timedelta(days=10)


@pytest.mark.parametrize(
    ("known", "told"),
    [(None, None), (date(2026, 12, 31), date(2026, 12, 31)), (date(2099, 1, 1), None)],
)
def test_it_says_up_to_which_day_it_knows_the_calendar(known, told):
    one = account(loan(periods=24))
    written = account_file(one, calendar_until=known)
    last = told or (days_needed(one)[1] if known else None)
    assert written.get("calendar_until") == (last.isoformat() if last else None)


def test_instants_are_those_of_beijing():
    one = account(loan(), money=[paid(1, START, 5_000)])
    assert account_file(one)["payments"][0]["posted_at"].endswith("+08:00")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"supposes_notices": "no"}, "supposes_notices"),
        ({"supposes_notices": None}, "supposes_notices"),
        ({"covered_until": 3}, "covered_until"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(change, place):
    with pytest.raises(AccountUnreadable, match=place):
        read_account(account_file(account(loan())) | change)


@pytest.mark.parametrize(("name", "value"), [("due_day", 32), ("due_day", 0), ("interest_only", 3)])
def test_a_contract_that_cannot_be_is_told(name, value):
    file = account_file(account(loan(contract=contract())))
    back = file["plan"]["loans"][0]["contract"]
    back[name] = value if name == "due_day" else back["periods"]
    with pytest.raises(AccountUnreadable, match=name):
        read_account(file)


def test_what_was_refunded_is_in_the_file():
    refunds = (RefundMade("7", START, 900, START + timedelta(days=2)), RefundMade("8", START, 900))
    one = replace(account(loan()), refunds=refunds)
    assert again(one).refunds == refunds
