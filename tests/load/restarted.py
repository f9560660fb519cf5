"""T3: PostgreSQL is cut off and started again under eight writers; no answer is lost, and no worker
needs a restart.
"""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Borrower, Loan, PlanDraft
from tests.load.browser import Browser, NoAnswer
from tests.load.house import DurablePostgres, House, house
from tests.load.killed import Tally, approving, kept_wrongly, violations
from tests.load.people import new_borrower, phone_of, staff_at_desk, waiting_cases
from tests.load.walks import shown, to_monthly

DESKS, PHONES = 4, 4
# So many cases that some still wait at the last restart.
CASES_A_RESTART = 15
PAUSE_SECONDS, RECOVERED_SECONDS = 2.0, 5.0
FIRST_FEN, STEP_FEN = 70_000, 100


@dataclass
class Writer:
    """A borrower who keeps changing the monthly amount, and what was answered of it."""

    phone: Browser
    loan: Loan
    sent_fen: int = FIRST_FEN
    acked_fen: int = 0
    acked_at: list[float] = field(default_factory=list)
    broken: int = 0
    faults: list[str] = field(default_factory=list)

    def go(self, stop: threading.Event) -> None:
        """Write until told to stop."""
        while not stop.is_set():
            try:
                self.write()
            except NoAnswer:
                self.broken += 1
                time.sleep(0.05)
            except Exception as problem:
                self.faults.append(f"{type(problem).__name__} {problem}")
                return

    def write(self) -> None:
        """Write once. Raises: NoAnswer, Refused."""
        page = self.phone.get(f"/loan/{self.loan.public_id}/plan/monthly")
        if page.status >= 500:
            raise NoAnswer
        self.sent_fen += STEP_FEN
        answer = self.phone.sent(shown(page), answer=str(self.sent_fen // 100))
        if answer.status >= 500:
            raise NoAnswer
        if answer.status != 303 and answer.status != 302:
            raise AssertionError(f"{answer.status} at {answer.path}")
        self.acked_fen = self.sent_fen
        self.acked_at.append(time.monotonic())


def writers(session: Session, found: House, port: int) -> list[Writer]:
    """Borrowers on the page of the monthly amount."""
    made = []
    for number in range(PHONES):
        borrower, loan = new_borrower(session, found, 90_000 + number)
        one = Writer(phone_of(session, found, session.get_one(Borrower, borrower.id), port), loan)
        shown(to_monthly(one.phone, loan.public_id))
        made.append(one)
    return made


def restarts(found: House, server: DurablePostgres, watched: list[Writer], count: int) -> list[str]:
    """Cut the database off so many times; return what was wrong."""
    wrong, longest, workers = [], 0.0, found.workers("web")
    for number in range(count):
        time.sleep(PAUSE_SECONDS)
        began = time.monotonic()
        server.restart()
        up = time.monotonic()
        back = _recovered(watched, up)
        longest = max(longest, back - began)
        print(
            f"restart {number + 1}: the server took {up - began:.2f} s, "
            f"every writer was answered {back - began:.2f} s after the cut",
            flush=True,
        )
    if longest > RECOVERED_SECONDS:
        wrong.append(f"recovery took {longest:.1f} s")
    if found.workers("web") != workers:
        wrong.append("a worker was started anew")
    return wrong


def _recovered(watched: list[Writer], since: float) -> float:
    """Return when the last of the writers had an answer again."""
    until = since + 60
    while time.monotonic() < until:
        last = [one.acked_at[-1] if one.acked_at else 0.0 for one in watched]
        if min(last) > since:
            return max(next(at for at in one.acked_at if at > since) for one in watched)
        time.sleep(0.02)
    return until


def drafts_wrongly(session: Session, watched: list[Writer]) -> list[str]:
    """Return whose last answered amount is not stored; a later one that was sent may be."""
    wrong = []
    for one in watched:
        draft = select(PlanDraft.answers).where(PlanDraft.loan_id == one.loan.id)
        stored = session.scalars(draft).one()["monthly_fen"]
        if not one.acked_fen <= stored <= one.sent_fen:
            wrong.append(f"answered {one.acked_fen}, stored {stored}, sent {one.sent_fen}")
        wrong += one.faults
    return wrong


def run(folder: Path, *, rounds: int) -> list[str]:
    """Restart so many times; return everything that was wrong."""
    with house(folder) as (found, server):
        port = found.serve("web")
        tally, stop = Tally(), threading.Event()
        with found.database.sessions() as session:
            versions = waiting_cases(session, found, CASES_A_RESTART * rounds)
            desks = staff_at_desk(session, found, DESKS, port)
            watched = writers(session, found, port)
        threads = [threading.Thread(target=one.go, args=(stop,)) for one in watched]
        for one in threads:
            one.start()
        deciding = approving(desks, versions, tally, stop)
        try:
            wrong = restarts(found, server, watched, rounds)
            # What was under way is sent again until it is answered, and then nothing is.
            time.sleep(PAUSE_SECONDS)
        finally:
            stop.set()
            for one in [*threads, *deciding]:
                one.join()
        found.database.engine.dispose()
        with found.database.sessions() as session:
            wrong += drafts_wrongly(session, watched) + kept_wrongly(session, tally.acked)
        wrong += tally.faults
        print(
            f"{len(tally.acked)} approvals and {sum(len(one.acked_at) for one in watched)} amounts "
            f"answered, {tally.lost + sum(one.broken for one in watched)} not at once",
            flush=True,
        )
        return wrong + violations(found)
