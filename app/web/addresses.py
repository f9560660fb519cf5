"""Numbers that come with an address: anybody can type them."""

from flask import request

# What a key of a row can be; beyond it a database knows no number, and no row has it.
MOST = 2**63 - 1


def number_asked(name: str) -> int | None:
    """The number an address asks for, none where it is no number or one that no row can have."""
    found = request.args.get(name, type=int)
    return found if found is not None and 0 <= found <= MOST else None
