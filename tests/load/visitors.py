"""Who goes on while a file comes in: borrowers and staff at pages, agreements that are signed."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.errors import DomainError
from app.models import Agreement, Borrower, Loan
from tests.load.browser import Browser, NoAnswer
from tests.load.house import House
from tests.load.pace import Times, paced
from tests.load.people import address_of, chance, staff_at_desk, to_write
from tests.load.restarted import Writer
from tests.load.served import GoingClock
from tests.load.walks import Refused, shown, to_monthly
from tests.support.exporting import signed
from tests.support.people import sign_in_as

PHONES, WRITERS = 60, 6
ACTS_A_SECOND, SIGN_EVERY_SECONDS = 8.0, 2.0
MOST_P95_SECONDS = 1.0


@dataclass
class Signing:
    """One agreement after the other is signed, each in a transaction of its own."""

    house: House
    loans: list[tuple[int, int]]
    numbers: list[str] = field(default_factory=list)

    def one(self, session: Session) -> Agreement | None:
        """Sign the next that may be."""
        while self.loans:
            who, loan = self.loans.pop(0)
            to_write(session)
            people = {"borrower": session.get(Borrower, who), "loan": session.get(Loan, loan)}
            try:
                vault, site = self.house.gateways.vault, self.house.settings.site
                made = signed(session, vault, site, **people)
            except (DomainError, SQLAlchemyError, ValueError):
                session.rollback()  # this loan may not, or a file came between
                continue
            self.numbers.append(made.number)
            return made
        return None

    def go(self, stop: threading.Event) -> None:
        """Sign until told to stop."""
        while not stop.wait(SIGN_EVERY_SECONDS):
            with self.house.database.sessions() as session:
                if self.one(session) is None:
                    return


class Visitors:
    """Who looks at pages and saves answers meanwhile; what is written is timed by itself."""

    def __init__(self, session: Session, found: House, port: int, loans: list) -> None:
        self.read, self.written = Times(), Times()
        self._dice, self._port = chance(), port
        entering = partial(sign_in_as, now=GoingClock().now())
        self._phones = []
        for who, loan in loans[:PHONES]:
            to_write(session)
            borrower, found_loan = session.get_one(Borrower, who), session.get_one(Loan, loan)
            cookies = found.carried(entering, session, borrower)
            phone = Browser(port, address_of(borrower.id), cookies)
            session.expunge(found_loan)
            self._phones.append((phone, found_loan))
        self._writers = list(self._writing())
        self._desk = staff_at_desk(session, found, 1, port)[0]

    def _writing(self) -> Iterator[tuple[Writer, threading.Lock]]:
        wanted = WRITERS
        for phone, loan in self._phones:
            mine = Browser(self._port, phone.address, dict(phone.cookies))
            try:
                page = to_monthly(mine, loan.public_id)
            except Refused:
                continue  # a loan on which nothing can be proposed
            if page.path.endswith("/monthly") and wanted:
                wanted -= 1
                mine.note = self.written.note("answer")
                yield Writer(mine, loan), threading.Lock()
            if not wanted:
                return

    def pick(self):
        """Return what somebody does next, and its kind."""
        kind = self._dice.choice(("home", "home", "loan", "queue", "answer"))
        if kind == "answer":
            return kind, partial(self._write, *self._dice.choice(self._writers))
        phone, loan = self._dice.choice(self._phones)
        who = self._desk if kind == "queue" else phone
        path = {"home": "/home", "queue": "/admin/"}.get(kind, f"/loan/{loan.public_id}")
        return kind, partial(self._look, kind, who, path)

    def _look(self, kind: str, who: Browser, path: str) -> None:
        shown(Browser(self._port, who.address, dict(who.cookies), self.read.note(kind)).get(path))

    def _write(self, writer: Writer, turn: threading.Lock) -> None:
        if turn.acquire(blocking=False):
            try:
                with contextlib.suppress(NoAnswer):  # noted; the next one says it again
                    writer.write()
            finally:
                turn.release()

    def go(self, stop: threading.Event) -> None:
        """Come and go until told to stop."""
        while not stop.is_set():
            paced(2, self.pick, ACTS_A_SECOND, self.read)

    def wrong(self, is_sqlite: bool) -> list[str]:
        """Tell how long it took; writers of SQLite wait for a file's writing, and are told so."""
        print("\n".join((*self.read.lines(), *self.written.lines())))
        print(f"read {dict(self.read.statuses)}, written {dict(self.written.statuses)}")
        judged = [self.read] if is_sqlite else [self.read, self.written]
        wrong = [f"{one.errors} errors" for one in judged if one.errors]
        late = max(one.at(95) for one in judged)
        wrong += [f"p95 {late * 1000:.0f} ms"] if late > MOST_P95_SECONDS else []
        wrong += [f"{one}: {count}" for one, count in self.read.wrong.items()]
        return wrong + [
            f"{n} times {status}" for status, n in self.written.statuses.items() if status == 500
        ]
