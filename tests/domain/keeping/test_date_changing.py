"""Which due date may be changed, and to which days."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.keeping.account import DateChanged, DuePart, Told
from app.domain.keeping.date_changing import (
    ChangeLimits,
    DateChangeInCure,
    DateChangeNoRoom,
    DateChangeOver,
    DateChangeUsed,
    DateChoice,
    DateOutside,
    DateRange,
    InstalmentNotMovable,
    changes_open,
    chosen_date,
)
from app.domain.keeping.standing import standing
from tests.domain.keeping.accounts import FIRST, START, account, loan, noon, paid
from tests.domain.keeping.test_properties import accounts

LIMITS = ChangeLimits(14, 30)
# Of three instalments on the 21st: Wednesday, Saturday and Saturday, the latter moved to the 23rd.
DUE = (FIRST, date(2026, 2, 23), date(2026, 3, 23))
# 14 days after 21 January; after 21 February, 21 March.
LAST = (date(2026, 2, 4), date(2026, 3, 6), date(2026, 4, 3))


def choice_of(kept, today=START, limits=LIMITS):
    found = changes_open(kept, today, limits=limits)
    assert isinstance(found, DateChoice), found
    return found


def change(kept, number, due_on, today=START, limits=LIMITS):
    return chosen_date(kept, today, limits=limits, number=number, due_on=due_on)


def days_of(first, last):
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return tuple(one for one in days if one.weekday() < 5)


def test_each_number_may_go_to_a_working_day_up_to_the_limit_after_its_printed_day():
    found = choice_of(account())
    assert found.ranges == tuple(
        DateRange(number, due, days_of(due + timedelta(days=1), last))
        for number, (due, last) in enumerate(zip(DUE, LAST, strict=True), 1)
    )
    assert [(one.first_on, one.last_on) for one in found.ranges] == [
        (date(2026, 1, 22), LAST[0]),
        (date(2026, 2, 24), LAST[1]),
        (date(2026, 3, 24), LAST[2]),
    ]


@pytest.mark.parametrize(
    ("today", "numbers"),
    [
        (START, [1, 2, 3]),
        (FIRST - timedelta(days=1), [1, 2, 3]),
        (FIRST, [2, 3]),
        # In its grace a number is due; the printed day of the second is not its day.
        (FIRST + timedelta(days=2), [2, 3]),
        (date(2026, 2, 21), [2, 3]),
        (date(2026, 2, 23), [3]),
    ],
)
def test_a_number_whose_day_has_come_stays(today, numbers):
    assert [one.number for one in choice_of(account(), today).ranges] == numbers


def test_what_is_paid_ahead_stays_and_what_is_paid_in_part_may_move():
    kept = account(money=[paid(1, START, 50_000)])
    found = choice_of(kept)
    assert [one.number for one in found.ranges] == [2, 3]


def test_a_day_stays_before_the_next_number():
    parts = [DuePart(n, START + timedelta(days=7 * n), "principal", 100) for n in (1, 2, 3)]
    kept = account(replace(loan(), parts=tuple(parts)))
    assert [one.last_on for one in choice_of(kept).ranges] == [
        date(2026, 1, 20),
        date(2026, 1, 27),
        # The last one has no next.
        date(2026, 2, 11),
    ]


def test_a_first_payment_may_move_too():
    kept = account(loan(upfront=5_000))
    found = choice_of(kept).of(0)
    # Printed for Saturday the 10th, and before the first instalment.
    assert (found.due_on, found.first_on, found.last_on) == (
        date(2026, 1, 12),
        date(2026, 1, 13),
        date(2026, 1, 20),
    )


@pytest.mark.parametrize(
    ("pay_after", "last"),
    # 30 days after the start is Friday 6 February; none is left on it, or after the Thursday.
    [(14, date(2026, 2, 4)), (20, date(2026, 2, 6)), (29, date(2026, 2, 6)), (30, None)],
)
def test_a_settlement_goes_at_most_to_the_last_day_of_its_days(pay_after, last):
    part = DuePart(1, START + timedelta(days=pay_after), "principal", 100)
    kept = account(replace(loan(), parts=(part,)), kind="settlement")
    found = changes_open(kept, START, limits=LIMITS)
    if last is None:
        assert found == "no_room"
        with pytest.raises(DateChangeNoRoom):
            change(kept, 1, part.due_on + timedelta(days=1))
    else:
        assert found.of(1).last_on == last


def test_regular_instalments_neither_move_nor_stand_in_the_way():
    regular = tuple(DuePart(n, FIRST + timedelta(days=7 * n - 7), "principal", 100) for n in (1, 2))
    beside = account(replace(loan(), regular=regular), kind="catch_up")
    assert choice_of(beside).ranges == choice_of(account()).ranges
    moved = replace(beside, date_changes=(DateChanged(1, LAST[0], noon(START)),))
    found = standing(moved, START).instalments
    assert [one.due_on for one in found if one.is_regular] == [one.due_on for one in regular]
    assert next(one.due_on for one in found if not one.is_regular) == LAST[0]


def test_older_agreements_have_it_too():
    older = account(order="components_first")
    assert choice_of(older).ranges == choice_of(account()).ranges


@pytest.mark.parametrize(
    ("due_on", "lands_on"),
    [
        (date(2026, 1, 22), date(2026, 1, 22)),
        (date(2026, 1, 24), date(2026, 1, 26)),
        (date(2026, 2, 4), date(2026, 2, 4)),
        (FIRST, None),
        (START, None),
        (date(2026, 2, 5), None),
        (date.min, None),
        (date.max, None),
    ],
)
def test_a_day_lands_on_a_working_day_in_range_or_is_refused(due_on, lands_on):
    kept = account()
    if lands_on:
        assert change(kept, 1, due_on) == (1, FIRST, lands_on)
        return
    with pytest.raises(DateOutside) as refused:
        change(kept, 1, due_on)
    assert refused.value.values == {"first": date(2026, 1, 22), "last": LAST[0]}
    assert "2026-01-22到2026-02-04（含当天）" in refused.value.words


def test_a_day_off_at_the_end_does_not_lead_beyond_it():
    # 4 February is a holiday: the last day is the 3rd, and the 4th would lead to the 5th.
    kept = account(holidays=frozenset({LAST[0]}))
    assert choice_of(kept).of(1).last_on == date(2026, 2, 3)
    with pytest.raises(DateOutside):
        change(kept, 1, LAST[0])
    worked = account(workdays=frozenset({date(2026, 1, 24)}))
    assert change(worked, 1, date(2026, 1, 24)).due_on == date(2026, 1, 24)


@pytest.mark.parametrize("number", [0, 4, -1, 2**31])
def test_a_number_that_is_not_there_is_refused(number):
    with pytest.raises(InstalmentNotMovable):
        change(account(), number, LAST[0])
    with pytest.raises(InstalmentNotMovable):
        change(account(), 1, LAST[0], today=FIRST)


def test_once_in_a_plans_life():
    changed = replace(account(), date_changes=(DateChanged(1, LAST[0], noon(START)),))
    assert changes_open(changed, START, limits=LIMITS) == "used"
    with pytest.raises(DateChangeUsed):
        change(changed, 2, LAST[1])


def test_not_while_a_notice_runs_but_again_once_it_is_made_good():
    sent = date(2026, 2, 27)
    missed = account(loan(periods=6))
    told = replace(missed, told=(Told("notice", sent, sent),), supposes_notices=False)
    before, during = sent - timedelta(days=1), sent
    assert [one.number for one in choice_of(told, before).ranges] == [3, 4, 5, 6]
    assert changes_open(told, during, limits=LIMITS) == "in_cure"
    with pytest.raises(DateChangeInCure):
        change(told, 3, LAST[2], today=during)
    cured = replace(told, money=(paid(1, sent + timedelta(days=2), 40_000),))
    assert choice_of(cured, sent + timedelta(days=2)).of(3) is not None


def test_not_once_it_is_paid_off_or_broken():
    done = account(money=[paid(1, START, 120_000)])
    assert changes_open(done, START, limits=LIMITS) == "over"
    broken = account(loan(periods=6))
    assert changes_open(broken, date(2026, 4, 1), limits=LIMITS) == "over"
    with pytest.raises(DateChangeOver):
        change(broken, 5, date(2026, 5, 25), today=date(2026, 4, 1))


@pytest.mark.parametrize(
    ("count", "places"),
    [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (4, [0, 1, 3]), (10, [2, 5, 9])],
)
def test_three_days_at_most_are_suggested_the_latest_among_them(count, places):
    days = tuple(START + timedelta(days=place) for place in range(count))
    assert DateRange(1, START, days).suggested == tuple(days[place] for place in places)


@given(accounts(), st.integers(0, 150), st.integers(0, 5), st.integers(-5, 40), st.integers(0, 20))
@settings(max_examples=150, deadline=None)
def test_a_date_is_never_out_of_range_and_a_standing_honours_it(kept, day, number, later, most):
    today, limits = START + timedelta(days=day), ChangeLimits(most, 30)
    printed = {one.number: one.due_on for one in kept.plan.loans[0].parts}
    before = standing(kept, today)
    try:
        found = change(
            kept, number, printed.get(number, today) + timedelta(days=later), today, limits
        )
    except (DateChangeNoRoom, DateChangeOver, DateChangeInCure, InstalmentNotMovable, DateOutside):
        return
    due = {one.number: one.due_on for one in before.instalments}
    assert today < found.from_on == due[number] < found.due_on
    assert found.due_on <= printed[number] + timedelta(days=most)
    assert found.due_on.weekday() < 5
    assert all(found.due_on < one for one in due.values() if one > found.from_on)
    changed = replace(kept, date_changes=(DateChanged(number, found.due_on, noon(today)),))
    after = standing(changed, today)
    # All loans together, nothing else, and at no cost.
    assert {(one.ref, one.number, one.due_on) for one in after.instalments} == {
        (one.ref, one.number, found.due_on if one.number == number else one.due_on)
        for one in before.instalments
    }
    assert (after.due_fen, after.missed) == (before.due_fen, before.missed)
    assert changes_open(changed, today, limits=limits) == "used"
