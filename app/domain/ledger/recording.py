"""What a plan's money did on each day, read off the run that tells where the plan stands, so that
ledger and standing cannot differ.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from app.domain.keeping.account import MoneyIn, MoneyNumber
from app.domain.keeping.ground import KeptGround
from app.domain.keeping.missing import Walked
from app.domain.keeping.money_run import Covered, MoneyRun

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class RunDay:
    """By how much a plan's books differ at the end of a day from those of the day before.

    Units: fen; charged and covered by the line's place, covered by payment too. `due` is how many
           groups are due; `completed` is 1 on the day the plan is, -1 where that is undone.
    """

    day: date
    due: int
    charged: Mapping[int, int]
    covered: Mapping[MoneyNumber, Covered]
    credit: Mapping[MoneyNumber, int]
    completed: int


class RecordedRun(MoneyRun):
    """A run that keeps what each day changed."""

    def __init__(self, ground: KeptGround, money: Iterable[MoneyIn]) -> None:
        super().__init__(ground, money)
        self.recorded: list[RunDay] = []
        self.opened = opened_lines(ground)
        self._posted = self.posted_fen()
        self._was_at: tuple[int, date | None, list[int]] = (0, None, [])
        self._was_covered: dict[MoneyNumber, Covered] = {}
        self._was_credit: dict[MoneyNumber, int] = {}

    @classmethod
    def of(cls, found: Walked) -> "RecordedRun":
        """Return the run of a walk that was taken with runs of this kind.

        Raises: TypeError for any other walk.
        """
        if not isinstance(found.run, cls):
            raise TypeError("walked without recording")
        return found.run

    def to(self, day: date) -> None:
        """Go on to the end of a day, and keep what it changed."""
        super().to(day)
        before = self._was_at[1]
        found = RunDay(
            day,
            self.due,
            self._charged_more(),
            self._covered_more(),
            more_of(self._was_credit, self.credit),
            (self.completed_on is not None) - (before is not None),
        )
        self._was_credit = dict(self.credit)
        if found.charged or found.covered or found.credit or found.completed:
            self.recorded.append(found)

    def posted_fen(self) -> list[int]:
        """Return what of each line is charged by now, in fen."""
        return posted_of(self, self.opened)

    def _charged_more(self) -> Mapping[int, int]:
        over = self.completed_on or (self.hands_over_on if self.is_handed_over else None)
        now = (self.due, over, self.charged)
        if now == self._was_at:
            return {}
        self._was_at = (self.due, over, list(self.charged))
        posted = self.posted_fen()
        pairs = list(enumerate(zip(self._posted, posted, strict=True)))
        self._posted = posted
        return {line: fen - was for line, (was, fen) in pairs if fen != was}

    def _covered_more(self) -> Mapping[MoneyNumber, Covered]:
        found: dict[MoneyNumber, Covered] = {}
        for number in dict.fromkeys((*self._was_covered, *self.covered)):
            was, now = self._was_covered.get(number, {}), self.covered.get(number, {})
            if was != now:
                found[number] = more_of(was, now)
                self._was_covered[number] = dict(now)
        return found


def posted_of(run: MoneyRun, opened: frozenset[int]) -> list[int]:
    """Return what of each line a run has charged by now, in fen: what was owed at the signature
    from the start, interest and a contract's own as it falls due.
    """
    done = run.completed_on or (run.hands_over_on if run.is_handed_over else None)
    found = [0] * len(run.charged)
    for place, group in enumerate(run.ground.groups):
        is_due = place < run.due
        if group.is_regular:
            # After the plan the contract is kept where it was before.
            is_due = is_due and (done is None or group.due_on <= done)
        for line in group.lines:
            if is_due or line in opened or (done and not group.is_regular):
                found[line] = run.charged[line]
    return found


def opened_lines(ground: KeptGround) -> frozenset[int]:
    """Return the lines that are owed from the signature on: all of the plan but its interest, and
    but for the contract's own interest of what a deferral puts off.
    """
    accruing = {"plan_interest"}
    if ground.account.plan.kind == "deferral":
        accruing.add("interest")
    return frozenset(
        place
        for place, line in enumerate(ground.lines)
        if not line.is_regular and line.component not in accruing
    )


def more_of(was: Mapping[Key, int], now: Mapping[Key, int]) -> dict[Key, int]:
    """Return by how much each is more now; what is the same is left out."""
    keys = dict.fromkeys((*was, *now))
    more = {key: now.get(key, 0) - was.get(key, 0) for key in keys}
    return {key: fen for key, fen in more.items() if fen}
