"""T1: a worker of gunicorn is killed every 0.3 s while many approve; nothing answered is lost."""

import os
import queue
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Decision, PlanVersion
from tests.load.browser import Browser
from tests.load.house import House, answers, house
from tests.load.people import chance, staff_at_desk, waiting_cases
from tests.load.walks import approve

EVERY_SECONDS, CLIENTS, APPROVALS = 0.3, 10, 300
MOST_SILENT_SECONDS = 2.0


class Tally:
    """What was answered, and what went wrong, of several threads."""

    def __init__(self) -> None:
        self.acked: list[str] = []
        self.lost, self.faults = 0, []
        self._lock = threading.Lock()

    def add(self, version: str, lost: int) -> None:
        with self._lock:
            self.acked.append(version)
            self.lost += lost

    def fault(self, words: str) -> None:
        with self._lock:
            self.faults.append(words)


def approving(
    desks: list[Browser], versions: list[str], tally: Tally, stop: threading.Event | None = None
) -> list[threading.Thread]:
    """Have every member of staff approve one case after the other, until told to stop."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for one in versions:
        waiting.put(one)

    def go(desk: Browser) -> None:
        while stop is None or not stop.is_set():
            try:
                version = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                tally.add(version, approve(desk, version))
            except Exception as problem:
                tally.fault(f"{version}: {type(problem).__name__} {problem}")

    threads = [threading.Thread(target=go, args=(one,)) for one in desks]
    for one in threads:
        one.start()
    return threads


class Watch:
    """Asks all the time whether anybody answers, and keeps the longest silence."""

    def __init__(self, port: int, path: str = "/healthz") -> None:
        self.longest, self._stop = 0.0, threading.Event()
        self._port, self._path = port, path
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        since = time.monotonic()
        while not self._stop.is_set():
            if answers(self._port, self._path):
                self.longest = max(self.longest, time.monotonic() - since)
                since = time.monotonic()
            time.sleep(0.05)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_of: object) -> None:
        self._stop.set()
        self._thread.join()


def kept_wrongly(session: Session, acked: list[str]) -> list[str]:
    """Return what is not stored exactly once of that which was answered."""
    found = select(PlanVersion.public_id, PlanVersion.state, func.count(Decision.id))
    found = found.outerjoin(Decision, Decision.version_id == PlanVersion.id)
    found = found.where(PlanVersion.public_id.in_(acked))
    rows = session.execute(found.group_by(PlanVersion.public_id, PlanVersion.state)).all()
    wrong = [
        f"{one}: {state}, {n} times" for one, state, n in rows if (state, n) != ("approved", 1)
    ]
    told = select(AuditEntry.object_id).where(AuditEntry.action == "plan.approved")
    told = told.where(AuditEntry.object_id.in_(acked))
    trail = Counter(session.scalars(told))
    return wrong + [f"{one}: {trail[one]} entries" for one in acked if trail[one] != 1]


def one_round(
    found: House, port: int, *, seed: int, approvals: int, every: float
) -> tuple[str, list[str]]:
    """Approve and kill until all is answered; return the figures and what was wrong."""
    dice, kills, tally = chance(seed), 0, Tally()
    with found.database.sessions() as session:
        versions = waiting_cases(session, found, approvals, first=seed * approvals)
        desks = staff_at_desk(session, found, CLIENTS, port)
    began = time.monotonic()
    with Watch(port) as watch:
        threads = approving(desks, versions, tally)
        while any(one.is_alive() for one in threads):
            time.sleep(every)
            workers = found.workers("web")
            if workers:
                with suppress(ProcessLookupError):  # gone in the meantime
                    os.kill(dice.choice(workers), signal.SIGKILL)
                kills += 1
    taken = time.monotonic() - began
    with found.database.sessions() as session:
        wrong = kept_wrongly(session, tally.acked) + tally.faults
    if watch.longest > MOST_SILENT_SECONDS:
        wrong.append(f"nobody answered for {watch.longest:.1f} s")
    told = (
        f"{kills} kills, {len(tally.acked)} of {approvals} answered in {taken:.0f} s, "
        f"{tally.lost} without a reply and sent again, longest silence {watch.longest:.2f} s"
    )
    return told, wrong


def run(
    folder: Path,
    *,
    rounds: int,
    approvals: int = APPROVALS,
    every: float = EVERY_SECONDS,
    seed: int = 1,
) -> list[str]:
    """Go so many rounds; return everything that was wrong."""
    wrong: list[str] = []
    with house(folder) as (found, _server):
        port = found.serve("web")
        for number in range(rounds):
            told, faults = one_round(
                found, port, seed=seed + number, approvals=approvals, every=every
            )
            print(f"round {number + 1}: {told}; wrong: {len(faults)}", flush=True)
            wrong += faults
        wrong += violations(found)
    return wrong


def violations(found: House) -> list[str]:
    """What check-invariants says."""
    ended = found.command("check-invariants")
    print(ended.stdout.strip() or ended.stderr[-2000:], flush=True)
    return [] if ended.returncode == 0 else ["check-invariants"]
