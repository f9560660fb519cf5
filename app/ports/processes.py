"""What the product needs to have much computing done by several processes at once."""

from collections.abc import Callable, Generator, Iterable
from typing import Protocol, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Processes(Protocol):
    """Computes pieces side by side; which process does one makes no difference to its result."""

    def in_order(
        self, work: Callable[[Given], Made], pieces: Iterable[Given]
    ) -> Generator[Made, None, None]:
        """Yield what the work makes of each piece, in the order of the pieces; they are taken one
        by one, only some ahead.

        The work and all that goes in and out can be pickled; it reaches no database and keeps
        nothing from one piece to the next.
        Raises: what the work raises; BrokenProcessPool where a process was killed.
        """
        ...
