"""On which parts money is laid: the order of a plan, and how loans that are due together share."""

from collections.abc import Iterable, Sequence

# A step is what is served at once: of each loan its lines in the order they are paid.
Step = tuple[tuple[int, ...], ...]


def shared(fen: int, asked: Sequence[int]) -> list[int]:
    """Split money over what several ask, in proportion and rounded down; the odd fen go to the
    first, never more than it asks, the rest to the next.

    Units:  fen; what is more than all they ask is in nobody's share.
    Source: rules part 1, how a signed plan is kept: order.
    """
    total = sum(asked)
    if fen >= total:
        return list(asked)

    each = [fen * one // total for one in asked]
    odd = fen - sum(each)
    for place, one in enumerate(asked):
        more = min(odd, one - each[place])
        each[place] += more
        odd -= more
    return each


def laid(fen: int, steps: Iterable[Step], open_fen: Sequence[int]) -> dict[int, int]:
    """Return what of some money goes to which line, step by step; what is left over goes to none.

    Units:  fen; open_fen is what is open of each line and is not changed.
    Source: rules part 1, how a signed plan is kept: order.
    """
    found: dict[int, int] = {}
    for step in steps:
        if not fen:
            break
        asked = [sum(open_fen[line] for line in lines) for lines in step]
        for share, lines in zip(shared(fen, asked), step, strict=True):
            fen -= share
            for line in lines:
                part = min(share, open_fen[line])
                if part:
                    found[line] = part
                    share -= part
    return found
