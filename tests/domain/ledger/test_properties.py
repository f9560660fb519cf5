"""Ledger and standing tell the same of accounts of every kind, in whatever order facts are
posted.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import add_months, beijing_date
from app.domain.keeping.account import Account
from app.domain.keeping.reading import read_account
from app.domain.keeping.standing import PlanStanding, known_at, standing
from app.domain.ledger.entries import NEVER_NEGATIVE, RECEIVABLES, EntryDraft, balances
from app.domain.ledger.journals import journals_of
from tests.domain.keeping.accounts import noon
from tests.domain.ledger.books import Books, of_account
from tests.independent.test_two_programs import START, files

SPAN = st.integers(6, 260).map(lambda days: START + timedelta(days=days))
END = START + timedelta(days=320)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """An account of any kind; some are signed some days after the start."""
    account = read_account(draw(files()))
    signed_on = account.plan.start_on + timedelta(days=draw(st.sampled_from([0, 0, 3, 6])))
    return replace(account, plan=replace(account.plan, signed_on=signed_on))


def entries_up_to(account: Account, day: date) -> list[EntryDraft]:
    return [one for draft in journals_of(account, day) for one in draft.entries]


def laid_in(entries: list[EntryDraft]) -> Counter:
    """What of which payment covers what, in fen."""
    found: Counter = Counter()
    for one in entries:
        if one.payment is not None and one.account in RECEIVABLES:
            found[one.payment, one.loan, one.number, one.component] -= one.fen
    return +found


def laid_by(state: PlanStanding) -> Counter:
    found: Counter = Counter()
    for payment in state.payments:
        for ref, number, component, fen in payment.covered:
            found[str(payment.number), ref, number, component] += fen
    return found


def open_in(entries: list[EntryDraft]) -> Counter:
    """What is open of each instalment, a contract's own beside a catch-up apart, in fen."""
    found: Counter = Counter()
    for one in entries:
        if one.account in RECEIVABLES and one.number is not None:
            found[one.loan, one.number, one.account == "receivable_regular"] += one.fen
    return found


@given(accounts(), SPAN)
@settings(max_examples=150, deadline=None)
def test_the_ledger_tells_where_the_plan_stands(kept, day):
    state = standing(kept, day)
    if state.broken_on:
        # Penalty is posted at the end of each month, between them where something happens.
        day = add_months(day.replace(day=1), 1) - timedelta(days=1)
        state = standing(kept, day)
    entries = entries_up_to(kept, day)
    found = balances(entries)

    assert laid_in(entries) == laid_by(state)
    assert of_account(found, "plan_money") == (state.ahead_fen or 0)
    assert of_account(found, "credit") == state.credit_fen
    assert of_account(found, "waived") == state.waived_fen
    is_open = open_in(entries)
    for one in state.instalments:
        if one.due_on <= day:
            mine = is_open[one.ref, one.number, one.is_regular]
            assert mine == one.amount_fen - one.paid_fen
    if state.state == "completed":
        assert not +is_open
        assert of_account(found, *RECEIVABLES) == of_account(found, "waived")
    if state.state == "broken":
        assert not of_account(found, "receivable", "receivable_regular")


@given(accounts())
@settings(max_examples=100, deadline=None)
def test_journals_sum_to_zero_and_balances_never_go_below(kept):
    drafts = journals_of(kept, END)
    assert len({one.cause for one in drafts}) == len(drafts)
    assert not any(sum(entry.fen for entry in one.entries) for one in drafts)
    assert all(entry.fen for one in drafts for entry in one.entries)
    for day in {one.value_on for one in drafts}:
        found = balances(e for one in drafts if one.value_on <= day for e in one.entries)
        assert not {key for key, fen in found.items() if fen < 0 and key.account in NEVER_NEGATIVE}


@given(accounts(), SPAN)
@settings(max_examples=100, deadline=None)
def test_a_later_day_adds_journals_and_changes_none(kept, day):
    later = tuple(one for one in journals_of(kept, END) if one.value_on <= day)
    assert journals_of(kept, day) == later


@given(accounts(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_any_order_of_posting_gives_the_balances_of_posting_in_time(kept, random):
    facts = list(kept.money)
    random.shuffle(facts)
    books, known = Books(), []
    for one in facts:
        # A reversal is known once what it takes back is.
        known.append(one)
        there = {each.number for each in known}
        money = [each for each in known if each.reverses is None or each.reverses in there]
        books.post(replace(kept, money=tuple(money)), END, noon(END))
    books.post(kept, END, noon(END))
    assert not books.post(kept, END, noon(END))
    wanted = journals_of(kept, END)
    for day in {one.value_on for one in wanted}:
        assert books.balances(day) == balances(
            e for one in wanted if one.value_on <= day for e in one.entries
        )


@given(accounts(), st.lists(st.integers(0, 40), min_size=9, max_size=9))
@settings(max_examples=60, deadline=None)
def test_what_was_known_at_an_instant_stays_what_it_was(kept, late):
    money = [
        one._replace(posted_at=one.posted_at + timedelta(days=days))
        for one, days in zip(kept.money, late, strict=False)
    ]
    kept = replace(kept, money=tuple(money))
    books, told = Books(), {}
    for instant in sorted({one.posted_at for one in money}):
        known = known_at(kept, instant)
        came = {one.number for one in known.money}
        left = (one for one in known.money if one.reverses is None or one.reverses in came)
        known, day = replace(known, money=tuple(left)), beijing_date(instant)
        books.post(known, day, instant)
        told[instant] = day, balances(entries_up_to(known, day))
    for instant, (day, found) in told.items():
        assert books.balances(day, known_at=instant) == found
