"""Numbers that come with an address: anybody can type them."""

from flask import request

# What a key of a row can be, and what a count such as a line can; beyond it no row has it, and a
# database does not take it.
MOST_KEY, MOST_COUNT = 2**63 - 1, 2**31 - 1


def number_asked(name: str, most: int = MOST_KEY) -> int | None:
    """The number an address asks for, none where it is no number or one that no row can have."""
    found = request.args.get(name, type=int)
    return found if found is not None and 0 <= found <= most else None
