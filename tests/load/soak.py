"""T16: everything at once for long, with workers killed and the database cut off at random."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.load.crowd import REQUESTS_AN_ACT, Crowd
from tests.load.house import DurablePostgres, House, house, resident_kib
from tests.load.killed import violations
from tests.load.pace import paced
from tests.load.people import chance, staff_at_desk

REQUESTS_A_SECOND, DESKS = 20, 6
PEOPLE_A_SECOND, LEAST_PEOPLE = 1.5, 150
KILL_EVERY, CUT_EVERY = 20.0, 120.0
# What a worker holds once it has seen every page; before that it only warms up.
WARM_SHARE, MOST_GROWTH = 0.3, 0.10
# Sooner a worker is not warm: what sets and seals a paper is loaded with the first signature.
LEAST_SECONDS = 600
MOST_ERRORS = 0.005


class Faults:
    """Kills and cuts at random, until told to stop; beside them how much memory is held."""

    def __init__(self, found: House, server: DurablePostgres, seed: int) -> None:
        self._found, self._server, self._dice = found, server, chance(seed)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._often, args=(KILL_EVERY, self._kill)),
            threading.Thread(target=self._often, args=(CUT_EVERY, self._cut)),
            threading.Thread(target=self._weigh),
        ]
        self.kills = self.cuts = 0
        self.held: list[tuple[float, int, int]] = []

    def _often(self, every: float, act) -> None:
        while not self._stop.wait(self._dice.uniform(0.5, 1.5) * every):
            act()

    def _kill(self) -> None:
        # The first is spared: its memory is what is weighed.
        others = self._found.workers("web")[1:]
        if others:
            with suppress(ProcessLookupError):  # gone in the meantime
                os.kill(self._dice.choice(others), signal.SIGKILL)
            self.kills += 1

    def _cut(self) -> None:
        self._server.restart()
        self.cuts += 1

    def _weigh(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(2):
            workers = self._found.workers("web")
            oldest = resident_kib(workers[0]) if workers else 0
            jobs = resident_kib(self._found.process("jobs"))
            self.held.append((time.monotonic() - began, oldest, jobs))

    def __enter__(self) -> "Faults":
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_of: object) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()

    def growth(self, which: int) -> tuple[int, int]:
        """Return what was held after the warm-up and at the end, in MiB: means of a tenth."""
        held = [one[which] for one in self.held if one[which]]
        first = int(len(held) * WARM_SHARE)
        few = max(1, len(held) // 10)
        after, end = held[first : first + few], held[-few:]
        return sum(after) // len(after) // 1024, sum(end) // len(end) // 1024


def run(folder: Path, *, seconds: int, seed: int = 1) -> list[str]:
    """Go on for so long; return everything that was wrong."""
    with house(folder) as (found, server):
        port = found.serve("web")
        found.work("jobs")
        with found.database.sessions() as session:
            crowd = Crowd(found, port, staff_at_desk(session, found, DESKS, port), chance(seed))
            crowd.gather(session, max(LEAST_PEOPLE, int(seconds * PEOPLE_A_SECOND)))
        with Faults(found, server, seed) as faults:
            paced(seconds, crowd.pick, REQUESTS_A_SECOND / REQUESTS_AN_ACT, crowd.times)
        found.database.engine.dispose()
        with found.database.sessions() as session:
            wrong = crowd.wrong(session)
        return wrong + _told(crowd, faults, seconds) + violations(found)


def _told(crowd: Crowd, faults: Faults, seconds: int) -> list[str]:
    times = crowd.times
    print("\n".join(times.lines()))
    share = times.errors / max(1, times.count)
    print(
        f"{times.count / seconds:.1f} requests/s for {seconds} s, {faults.kills} kills, "
        f"{faults.cuts} cuts, {times.errors} not answered ({share:.2%}); "
        f"{len(crowd.proposed)} proposals, {len(crowd.approved)} approvals, "
        f"{len(crowd.signed)} agreements"
    )
    print("acts that did not end:", dict(times.wrong.most_common(8)))
    wrong = [f"{share:.2%} errors"] if share > MOST_ERRORS else []
    for name, which in (("a worker", 1), ("jobs", 2)):
        after, end = faults.growth(which)
        print(f"{name} held {after} MiB after the warm-up and {end} MiB at the end")
        if seconds >= LEAST_SECONDS and end > after * (1 + MOST_GROWTH):
            wrong.append(f"{name} grew from {after} to {end} MiB")
    return wrong
