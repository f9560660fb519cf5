"""The numbers of a policy as one flat record: their names, what they are now, what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from app.domain.policy import Policy

# By the group they stand in, in the order of the groups.
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        group.name: tuple(one.name for one in fields(cast(Any, group.type)))
        for group in fields(Policy)
        if group.name != "version"
    }
)
NAMES = tuple(name for names in GROUPS.values() for name in names)


class Difference(NamedTuple):
    """One number that two versions have differently."""

    name: str
    before: int
    after: int


def numbers_of(policy: Policy) -> dict[str, int]:
    """Return every number of a policy by its name; units are in the names."""
    return {
        name: value
        for group, values in asdict(policy).items()
        if group != "version"
        for name, value in values.items()
    }


def with_numbers(policy: Policy, numbers: Mapping[str, int], *, version: str) -> Policy:
    """Return another version of a policy, with those numbers in place of its own.

    Raises: ValueError naming every number that is unknown, or no whole number from zero on.
    """
    if unknown := sorted(set(numbers) - set(NAMES)):
        raise ValueError(f"policy values at fault: {', '.join(unknown)}")
    return Policy.from_values({**numbers_of(policy), **numbers, "version": version})


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Return the numbers that differ, in the order of the groups."""
    old, new = numbers_of(before), numbers_of(after)
    return tuple(Difference(name, old[name], new[name]) for name in NAMES if old[name] != new[name])


def names_of(found: Iterable[Difference]) -> tuple[str, ...]:
    """Return the names of what differs."""
    return tuple(one.name for one in found)
