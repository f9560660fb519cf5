"""From a submission to the end of the version nothing accrues."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrears_lines import explain
from app.domain.pauses import Pause, merged
from tests.domain.examples import TERMS, bullet, make_terms, owed_on, section_figures, section_sums

DUE = date(2026, 3, 1)
DAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("first", "until", "charged"),
    [
        (date(2026, 3, 11), date(2026, 3, 16), 25),
        (date(2026, 2, 20), date(2026, 3, 6), 25),  # began before the due date
        (date(2026, 3, 26), date(2026, 4, 10), 25),  # not over yet
        (date(2026, 4, 1), date(2026, 4, 10), 30),  # later
        (date(2026, 2, 1), date(2026, 3, 1), 30),  # over before the due date
        (date(2026, 3, 11), date(2026, 3, 11), 30),  # ended on the day it began
        (date(2026, 2, 1), date(2026, 5, 1), 0),
    ],
)
def test_penalty_counts_the_days_outside_the_pause(first, until, charged):
    owed = owed_on(bullet(day_basis=365), DAY, pauses=[Pause(first, until)])
    assert (owed.days_past_due, owed.overdue[0].charged_days) == (30, charged)
    assert (
        owed.penalty_fen
        == owed_on(bullet(day_basis=365), DUE + timedelta(days=charged)).penalty_fen
    )


def test_interest_by_days_stands_still_too():
    terms = make_terms(start_on=date(2026, 1, 10))
    plain = owed_on(terms, date(2026, 3, 30))
    paused = owed_on(terms, date(2026, 3, 30), pauses=[Pause(date(2026, 3, 15), date(2026, 3, 20))])
    assert (plain.accrued_days, paused.accrued_days) == (20, 15)
    assert paused.accrued_fen < plain.accrued_fen


def test_several_pauses_add_up_and_are_told():
    pauses = [
        Pause(date(2026, 3, 5), date(2026, 3, 8)),
        Pause(date(2026, 3, 20), date(2026, 3, 24)),
    ]
    owed = owed_on(bullet(), DAY, pauses=pauses)
    assert owed.overdue[0].charged_days == 23
    assert "方案在办理的 7 天不计罚息。" in [line.what for line in explain(bullet(), owed)]


@given(
    TERMS, st.dates(date(2020, 1, 1), date(2032, 1, 1)), st.integers(0, 400), st.integers(0, 100)
)
def test_a_pause_never_raises_what_is_owed_and_its_lines_sum(terms, as_of, back, length):
    first = as_of - timedelta(days=back)
    pauses = [Pause(first, first + timedelta(days=length))]
    plain, paused = owed_on(terms, as_of), owed_on(terms, as_of, pauses=pauses)
    assert paused.penalty_fen <= plain.penalty_fen
    assert paused.payoff_fen <= plain.payoff_fen
    assert paused.days_past_due == plain.days_past_due
    lines = explain(terms, paused)
    figures = section_figures(paused)
    for section, total in section_sums(lines).items():
        if section in figures:
            assert total == figures[section]


DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@given(st.lists(st.tuples(DAYS, DAYS).map(sorted).map(lambda two: Pause(*two)), max_size=6))
def test_merged_pauses_hold_the_same_days_and_never_overlap(pauses):
    def days(some):
        return [
            one.from_on + timedelta(days=n)
            for one in some
            for n in range((one.until_on - one.from_on).days)
        ]

    found = merged(pauses)
    assert set(days(found)) == set(days(pauses))
    assert len(days(found)) == len(set(days(found)))
    assert list(found) == sorted(found)
