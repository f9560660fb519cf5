"""Numbers of a policy that contradict each other: a table, each of whose rows is broken once."""

import pytest

from app.domain.policy_checks import (
    AT_LEAST_ONE,
    AT_MOST,
    BELOW,
    BOUNDS,
    SHARES,
    USUALLY,
    Fault,
    contradictions,
    doubts,
)
from app.domain.policy_numbers import NAMES, numbers_of, with_numbers
from tests.domain.examples import POLICY

NOW = numbers_of(POLICY)


def faults_of(**numbers):
    return contradictions(with_numbers(POLICY, numbers, version="next"))


def test_the_policy_in_force_contradicts_nothing():
    assert contradictions(POLICY) == ()
    assert doubts(POLICY) == ()


@pytest.mark.parametrize(("low", "high"), AT_MOST)
def test_the_first_is_at_most_the_second(low, high):
    assert Fault("above", low, high) in faults_of(**{low: NOW[high] + 1})
    assert Fault("above", low, high) not in faults_of(**{low: NOW[high]})


@pytest.mark.parametrize(("low", "high"), BELOW)
def test_the_first_is_less_than_the_second(low, high):
    assert Fault("not_below", low, high) in faults_of(**{low: NOW[high]})
    assert faults_of(**{low: NOW[high] - 1}) == ()


@pytest.mark.parametrize("name", AT_LEAST_ONE)
def test_nobody_is_shut_out_by_a_zero(name):
    assert Fault("least", name, bound=1) in faults_of(**{name: 0})


@pytest.mark.parametrize("name", SHARES)
def test_a_share_is_at_most_the_whole(name):
    assert Fault("most", name, bound=1_000_000) in faults_of(**{name: 1_000_001})
    assert Fault("most", name, bound=1_000_000) not in faults_of(**{name: 1_000_000})


def test_an_hour_is_one_of_the_day():
    assert Fault("most", "quiet_from_hour", bound=23) in faults_of(quiet_from_hour=24)


def test_the_fastest_is_never_below_what_was_asked():
    assert faults_of(fastest_without_income_ppm=999_999) == (
        Fault("least", "fastest_without_income_ppm", bound=1_000_000),
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_slip_of_the_hand_is_named(name):
    most = BOUNDS[name][1]
    assert Fault("most", name, bound=most) in faults_of(**{name: most + 1})
    assert BOUNDS[name][0] <= NOW[name] <= most


@pytest.mark.parametrize(("low", "high"), USUALLY)
def test_what_is_unusual_is_told_and_contradicts_nothing(low, high):
    other = with_numbers(POLICY, {low: NOW[high] + 1}, version="next")
    told = Fault("above", low, high)
    assert told in doubts(other)
    assert told not in contradictions(other)
