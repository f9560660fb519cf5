"""A policy as one flat record, and what differs between two."""

import pytest

from app.domain.policy import Policy
from app.domain.policy_numbers import NAMES, differences, names_of, numbers_of, with_numbers
from tests.domain.examples import POLICY


def test_the_record_makes_the_same_policy_again():
    numbers = numbers_of(POLICY)
    assert tuple(numbers) == NAMES
    assert Policy.from_values({**numbers, "version": POLICY.version}) == POLICY


def test_what_differs_is_told_in_the_order_of_the_groups():
    after = with_numbers(POLICY, {"grace_days": 5, "max_periods": 48}, version="next")
    found = differences(POLICY, after)
    assert found == (("max_periods", 60, 48), ("grace_days", 3, 5))
    assert names_of(found) == ("max_periods", "grace_days")
    assert after.version == "next"
    assert differences(POLICY, POLICY) == ()


@pytest.mark.parametrize("numbers", [{"grace_day": 5}, {"grace_days": -1}, {"grace_days": True}])
def test_what_is_no_number_of_the_policy_is_refused(numbers):
    with pytest.raises(ValueError, match=next(iter(numbers))):
        with_numbers(POLICY, numbers, version="next")
