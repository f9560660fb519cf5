"""What is left of a plan of any kind goes over to another to the fen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.domain.allocation import Components
from app.domain.keeping.quoting import ReplacedPlan, quote
from app.domain.keeping.remaining import NothingRemains, remaining, succeeded
from app.domain.keeping.standing import standing
from app.domain.ledger.entries import NEVER_NEGATIVE, RECEIVABLES, balances
from app.domain.ledger.journals import journals_of
from app.domain.plan import summed
from tests.domain.keeping.accounts import FIRST, START, account, contract, loan, paid
from tests.domain.keeping.successors import changed, with_money
from tests.domain.ledger.books import by, of_account
from tests.domain.ledger.test_properties import SPAN, accounts

DAY = timedelta(days=1)
BEARING = loan(annual=120_000, waived=500, old=Components(300, 600, 900), contract=contract())


def entries(kept, day):
    return [one for draft in journals_of(kept, day) for one in draft.entries]


def test_what_is_left_before_anything_fell_due_is_all_with_interest_by_days():
    # 120,000 at 12 % for ten days of 360: 400.
    (one,) = remaining(account(BEARING), START + 10 * DAY)
    assert one.left == Components(300, 600, 900 + 400, 120_000)
    assert one.waived == Components(penalty_fen=500)
    assert (one.due, one.oldest_on) == (Components(), None)


def test_what_is_past_its_day_is_told_with_its_oldest_day():
    (one,) = remaining(account(BEARING, money=[paid(1, FIRST, 1_000)]), FIRST + DAY)
    # 41,403 fell due with 1,200 of interest; one more day of 80,397 at 12 %: 27.
    assert one.due.total == 40_403
    assert one.oldest_on == FIRST
    assert one.left.total == 123_000 - 1_000 + 27
    owed = one.owed(FIRST + DAY, 240_000)
    assert (owed.days_past_due, owed.net.total) == (1, one.left.total + 500)


def test_money_ahead_counts():
    kept = account(BEARING, money=[paid(1, START, 30_000)])
    (one,) = remaining(kept, START + 10 * DAY)
    # Of 400 of interest it saved 100.
    assert one.left.total == 121_800 + 300 - 30_000


def test_what_is_over_leaves_nothing():
    kept = account(BEARING, money=[paid(1, START, 200_000)])
    with pytest.raises(NothingRemains, match="over"):
        remaining(kept, START + DAY)


def test_a_replaced_plan_asks_nothing_and_keeps_what_was_paid():
    kept = account(BEARING, money=[paid(1, FIRST, 41_403)])
    old, _new = changed(kept, FIRST + 10 * DAY, signed_on=FIRST + 12 * DAY)
    before, after = (standing(old, FIRST + days * DAY) for days in (11, 12))
    assert (before.state, before.payoff_fen) == ("active", 80_397 + 1_200 - 0 + 268)
    assert after.state == "replaced"
    assert (after.due_fen, after.left_fen, after.next, after.payoff_fen) == (0, 0, None, 0)
    assert sum(one.paid_fen for one in after.instalments) == 41_403
    assert after.waived_fen == 0
    with pytest.raises(ReplacedPlan):
        quote(old, FIRST + 12 * DAY, FIRST + 12 * DAY)


def test_broken_later_the_contract_comes_back_as_of_the_first_start():
    kept = account(BEARING, money=[paid(1, FIRST, 41_403)])
    _old, new = changed(kept, FIRST + 10 * DAY)
    on = FIRST + 200 * DAY
    found = standing(new, on)
    alone = standing(replace(new, earlier=None), on)
    assert found.state == alone.state == "broken"
    # The money that came before the change is laid on the contract too.
    assert alone.left_fen - found.left_fen >= 41_403


@given(accounts(), SPAN, st.integers(0, 6), st.sampled_from(range(1, 9)))
@settings(max_examples=200, deadline=None)
def test_the_books_go_over_to_the_fen(kept, start_on, later, periods):
    try:
        left = remaining(kept, start_on)
    except NothingRemains:
        assume(False)
    signed_on = start_on + timedelta(days=later)
    money = tuple(one for one in kept.money if one.paid_on <= start_on)
    came = {one.number for one in money}
    assume(all(one.reverses in came for one in money if one.reverses))
    kept = with_money(kept, *money)
    stands = standing(kept, start_on)
    assert stands.payoff_fen == sum(one.left.total for one in left)

    old, new = changed(kept, start_on, signed_on=signed_on, periods=periods)
    gone, came_over = (balances(entries(one, signed_on)) for one in (old, new))
    # Nothing is left of the old one but its money in the bank, and what is owed is owed once.
    assert not of_account(gone, *RECEIVABLES, "plan_money", "waived")
    assert of_account(gone, "credit") == stands.credit_fen
    whole = summed(one.gross for one in left)
    assert of_account(came_over, *RECEIVABLES) == whole.total
    sides = [by(one, "carried") for one in (gone, came_over)]
    assert sides[0] == {key: -fen for key, fen in sides[1].items()}
    assert standing(old, signed_on).state == "replaced"
    for one in (old, new):
        drafts = journals_of(one, signed_on + timedelta(days=200))
        assert len({draft.cause for draft in drafts}) == len(drafts)
        assert not any(sum(entry.fen for entry in draft.entries) for draft in drafts)
        for day in {draft.value_on for draft in drafts}:
            found = balances(e for d in drafts if d.value_on <= day for e in d.entries)
            assert not {k for k, fen in found.items() if fen < 0 and k.account in NEVER_NEGATIVE}


@given(accounts(), SPAN)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_money_of_the_agreement_before_is_found_again_after_a_break(kept, start_on):
    money = tuple(one for one in kept.money if one.paid_on <= start_on)
    came = {one.number for one in money}
    assume(all(one.reverses in came for one in money if one.reverses))
    kept = with_money(kept, *money)
    try:
        _old, new = changed(kept, start_on)
    except NothingRemains:
        assume(False)
    on = start_on + timedelta(days=300)
    found = standing(new, on)
    assume(found.state == "broken" and found.left_fen is not None)
    earlier = succeeded(kept, start_on)
    assert new.earlier == earlier
    assert earlier.start_on == kept.plan.start_on
    book = balances(entries(new, on))
    assert of_account(book, "plan_money") == found.ahead_fen
    assert not of_account(book, "receivable", "receivable_regular")
