"""On which parts money is laid: the order of a plan, and how loans that are due together share."""

from collections.abc import Iterable, Iterator, Sequence

from app.domain.keeping.account import MoneyNumber
from app.domain.kinds.spreading import share

# A step is what is served at once: of each loan its lines in the order they are paid.
Step = tuple[tuple[int, ...], ...]


def shared(fen: int, asked: Sequence[int]) -> list[int]:
    """Split money over what several ask, as shares of a plan are; what is more than all they ask
    is in nobody's.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept: order.
    """
    return share(min(fen, sum(asked)), asked)


def taken(ahead: list[tuple[MoneyNumber, int]], fen: int) -> Iterator[tuple[MoneyNumber, int]]:
    """Take so much off what lies ahead, what came first first: yield how much of which payment.

    Units: fen, no more than lies there; `ahead` is shortened by what is taken.
    """
    while fen:
        number, lies = ahead[0]
        part = min(fen, lies)
        ahead[:1] = [(number, lies - part)] if part < lies else []
        yield number, part
        fen -= part


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
        for mine, lines in zip(shared(fen, asked), step, strict=True):
            fen -= mine
            for line in lines:
                part = min(mine, open_fen[line])
                if part:
                    found[line] = part
                    mine -= part
    return found
