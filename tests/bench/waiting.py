"""A reader and a writer who keep asking beside other work, and how long they waited at most."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from app.domain.errors import RuleBroken
from app.models import Borrower, Loan
from app.services.borrowers.debt_queries import debts_of
from app.services.core.context import Context
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.databases import Database
from tests.support.installation import KEYS

PAUSE_SECONDS = 0.02
# Different people, so that some of them are always being changed.
PEOPLE = 500


def _read(session: Session, context: Context, borrower: int, _loan: str) -> object:
    session.get_one(Borrower, borrower)
    return debts_of(session, context, borrower_id=borrower)


def _write(session: Session, context: Context, borrower: int, loan: str) -> object:
    answers = Answers(upfront_fen=0)
    try:
        return save_answers(
            session, context, borrower_id=borrower, loan_public_id=loan, given=answers
        )
    except RuleBroken:
        # Not every loan may have a plan; the locks were waited for all the same.
        return None


def _nothing(session: Session, *_rest: object) -> object:
    return session.scalar(select(1))


# Who asks for nothing tells how long the machine itself keeps everyone waiting.
TURNS = {"reader": _read, "writer": _write, "nobody": _nothing}


@dataclass
class Waits:
    """How long each turn took, in seconds, by who asked."""

    taken: dict[str, list[float]] = field(default_factory=lambda: {who: [] for who in TURNS})

    def longest(self, who: str) -> float:
        """Return the longest turn in seconds."""
        return max(self.taken[who])

    @property
    def count(self) -> int:
        """Return how many turns there were."""
        return sum(map(len, self.taken.values()))


@contextmanager
def asking_beside(database: Database, instance: Path) -> Iterator[Waits]:
    """Ask what is owed and save an answer, each all the time, as long as the block runs."""
    context = _context(instance)
    waits, is_over = Waits(), threading.Event()
    with database.sessions() as session:
        people = _people(session, context)

    def ask(who: str, turn: Callable[[Session, Context, int, str], object]) -> None:
        number = 0
        while not is_over.is_set():
            borrower, loan = people[number % len(people)]
            number += 1
            started = time.perf_counter()
            with database.sessions() as session:
                turn(session, context, borrower, loan)
            waits.taken[who].append(time.perf_counter() - started)
            is_over.wait(PAUSE_SECONDS)

    threads = [threading.Thread(target=ask, args=one) for one in TURNS.items()]
    for one in threads:
        one.start()
    try:
        yield waits
    finally:
        is_over.set()
        for one in threads:
            one.join()


def _context(instance: Path) -> Context:
    settings = Settings.from_env({"INSTANCE_DIR": str(instance), **KEYS})
    gateways = make_gateways(settings)
    return acting(now=datetime.now(UTC), gateways=gateways, site=settings.site)


def _people(session: Session, context: Context) -> list[tuple[int, str]]:
    """Some borrowers with a loan each; into an empty database one is put."""
    found = select(Loan.borrower_id, Loan.public_id).where(Loan.missing_since_on.is_(None))
    people = session.execute(found.order_by(Loan.public_id).limit(PEOPLE)).all()
    if not people:
        loan = make_loan(session, make_borrower(session, context.vault))
        people = [(loan.borrower_id, loan.public_id)]
        session.commit()
    return [(borrower, loan) for borrower, loan in people]
