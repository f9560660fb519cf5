"""What holds of a signed plan whatever comes in, in whatever order it is posted."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.allocation import Components
from app.domain.keeping.account import Account, MoneyIn
from app.domain.keeping.standing import standing
from tests.domain.keeping.accounts import START, account, back, contract, loan, paid

DAYS = st.integers(0, 150).map(lambda days: START + timedelta(days=days))
SOME = st.tuples(DAYS, st.integers(1, 60_000), st.integers(0, 10))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """A plan of one to three loans with payments, some of them taken back later."""
    loans = [
        loan(
            f"L{place}",
            principal=draw(st.integers(30_000, 90_000)),
            annual=draw(st.sampled_from([0, 120_000, 237_251])),
            periods=4,
            old=Components(*draw(st.tuples(*[st.integers(0, 900)] * 3)), 0),
            contract=contract(),
            upfront=draw(st.sampled_from([0, 5_000])) if place == 0 else 0,
        )
        for place in range(draw(st.integers(1, 3)))
    ]
    money: list[MoneyIn] = []
    for number, (on, fen, late) in enumerate(draw(st.lists(SOME, max_size=8)), 1):
        money.append(paid(number, on, fen, posted=on + timedelta(days=late)))
    for place in draw(st.sets(st.integers(0, 7), max_size=2)):
        if place < len(money):
            one = money[place]
            on = one.paid_on + timedelta(days=draw(st.integers(0, 20)))
            money.append(back(100 + place, int(one.number), on, one.fen))
    order = draw(st.sampled_from(["oldest_instalment_first", "components_first"]))
    return account(*loans, money=money, order=order)


def effective(account_: Account, as_of: date) -> dict[object, int]:
    gone = {one.reverses for one in account_.money if one.reverses and one.paid_on <= as_of}
    return {
        one.number: one.fen
        for one in account_.money
        if one.reverses is None and one.paid_on <= as_of and one.number not in gone
    }


@given(accounts(), DAYS)
@settings(max_examples=150, deadline=None)
def test_every_fen_is_found_again(kept, as_of):
    found = standing(kept, as_of)
    covered = {one.number: sum(part.fen for part in one.covered) for one in found.payments}
    came = effective(kept, as_of)
    laid = sum(covered.values()) + (found.ahead_fen or 0) + found.credit_fen
    assert laid == sum(came.values())
    # Nothing of what was taken back covers anything, and no payment covers more than it is.
    assert all(covered[number] <= came.get(number, 0) for number in covered)


@given(accounts(), DAYS)
@settings(max_examples=150, deadline=None)
def test_figures_agree_with_each_other(kept, as_of):
    found = standing(kept, as_of)
    assert all(0 <= one.paid_fen <= one.amount_fen for one in found.instalments)
    assert found.due_fen is not None
    assert found.left_fen is not None
    assert found.payoff_fen is not None
    due = sum(one.amount_fen - one.paid_fen for one in found.instalments if one.due_on <= as_of)
    if found.state != "broken":
        assert found.due_fen == due
        assert found.payoff_fen <= found.left_fen
        assert (found.state == "completed") == (found.left_fen == 0 == found.payoff_fen)
    if found.due_fen:
        assert found.ahead_fen == 0
    assert (found.credit_fen > 0) <= (found.state == "completed")


@given(accounts(), DAYS, st.randoms())
@settings(max_examples=80, deadline=None)
def test_the_order_in_which_facts_are_listed_tells_nothing(kept, as_of, random):
    shuffled = list(kept.money)
    random.shuffle(shuffled)
    assert standing(replace(kept, money=tuple(shuffled)), as_of) == standing(kept, as_of)


@given(accounts(), DAYS)
@settings(max_examples=80, deadline=None)
def test_posting_late_changes_nothing_once_it_is_posted(kept, as_of):
    came = [one for one in kept.money if one.reverses is None]
    # Value date and arrival are facts; when someone posted it is not.
    in_time = [one._replace(posted_at=one.posted_at - timedelta(days=10)) for one in came]
    late = standing(replace(kept, money=tuple(came)), as_of)
    assert standing(replace(kept, money=tuple(in_time)), as_of) == late


@given(accounts())
@settings(max_examples=60, deadline=None)
def test_a_broken_plan_never_owes_more_than_no_plan(kept):
    as_of = START + timedelta(days=200)
    found = standing(kept, as_of)
    if found.state != "broken":
        return
    from app.domain.keeping.breaking import asked_back, contracts_back
    from app.domain.keeping.missing import walked

    back_again = contracts_back(walked(kept, as_of), as_of)
    assert back_again is not None
    owed = asked_back(back_again, as_of)
    assert min(owed) >= 0
    assert found.due_fen is not None
    assert found.due_fen <= owed.total
