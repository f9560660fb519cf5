"""Point 7 of the size of a lender: sign-ins and pages a second while a nightly file is taken in."""

import csv
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.nightly_row import COLUMNS, ID_NUMBER, MOBILE
from app.models import Borrower, Loan
from tests.bench.book_files import write_books
from tests.load.browser import Browser
from tests.load.crowd import APART_SECONDS, MOST_SIGN_INS
from tests.load.house import House, house
from tests.load.killed import violations
from tests.load.messages import Inbox
from tests.load.pace import Times, paced
from tests.load.people import address_of, chance, phone_of
from tests.load.walks import shown, sign_in

PEOPLE = 20_000
SIGN_INS, PAGES = 20, 100
SIGNED_IN = 400
MOST_P95_SECONDS = 0.3


@dataclass
class Caller:
    """Somebody of the nightly file, with the number it names."""

    number: int
    mobile: str
    last4: str
    sign_ins: int = 0
    asked_at: float = -APART_SECONDS
    busy: threading.Lock = field(default_factory=threading.Lock)


def _may_sign_in(one: Caller) -> bool:
    return one.sign_ins < MOST_SIGN_INS and time.monotonic() - one.asked_at > APART_SECONDS


class Callers:
    """Who signs in, and who looks at pages."""

    def __init__(self, found: House, port: int, seed: int, sign_ins: float, pages: float) -> None:
        self._port, self._dice, self.times = port, chance(seed), Times()
        self._inbox = Inbox(found.folder / "web", found.folder / "jobs")
        self._share = sign_ins / (sign_ins + pages)
        self.callers: list[Caller] = []
        self.phones: list[tuple[Browser, str]] = []
        self.signed_in = 0

    def read(self, path: Path) -> None:
        """Learn who stands in a nightly file with a mobile of their own."""
        with path.open(encoding="gb18030", newline="") as text:
            rows = csv.reader(text)
            next(rows)
            seen: dict[str, str] = {}
            shared: set[str] = set()
            for row in rows:
                mobile, identity = row[COLUMNS.index(MOBILE)], row[COLUMNS.index(ID_NUMBER)]
                if seen.setdefault(mobile, identity) != identity or not mobile.isdigit():
                    shared.add(mobile)
        own = [(one, identity) for one, identity in seen.items() if one not in shared]
        self.callers = [Caller(n, one, identity[-4:]) for n, (one, identity) in enumerate(own)]

    def sign_some_in(self, session: Session, found: House) -> None:
        """Phones that have a session already, each with a loan of theirs."""
        query = select(Borrower, Loan.public_id).join(Loan, Loan.borrower_id == Borrower.id)
        rows = session.execute(query.order_by(Borrower.id).limit(SIGNED_IN)).all()
        self.phones = [(phone_of(session, found, who, self._port), loan) for who, loan in rows]

    def pick(self):
        """Return the next act, and its kind."""
        if self._dice.random() >= self._share:
            phone, loan = self._dice.choice(self.phones)
            kind = self._dice.choice(("home", "home", "loan"))
            path = "/home" if kind == "home" else f"/loan/{loan}"
            return kind, lambda: self._page(kind, phone, path)
        one = self._dice.choice(self.callers)
        while not _may_sign_in(one) or not one.busy.acquire(blocking=False):
            one = self._dice.choice(self.callers)
        return "sign-in", lambda: self._sign_in(one)

    def _page(self, kind: str, phone: Browser, path: str) -> None:
        mine = Browser(self._port, phone.address, dict(phone.cookies), self.times.note(kind))
        shown(mine.asked("GET", path))

    def _sign_in(self, one: Caller) -> None:
        one.sign_ins, one.asked_at = one.sign_ins + 1, time.monotonic()
        try:
            phone = Browser(self._port, address_of(one.number), note=self.times.note("sign-in"))
            sign_in(phone, one.mobile, one.last4, self._inbox.code)
            self.signed_in += 1
        finally:
            one.busy.release()


def run(folder: Path, *, seconds: int, people: int, seed: int = 1, step: float = 0.0) -> list[str]:
    """Take in a book of so many people, then load the hosts; with `step` the pace grows by so much
    of the whole each time, to the most the machine gives.
    """
    first, following = write_books(folder, people)
    with house(folder) as (found, _server):
        port = found.serve("web")
        ended = found.command("import-book", str(first), "--confirm")
        if ended.returncode:
            return [ended.stdout + ended.stderr]
        found.work("jobs")
        paces = [1.0] if not step else [step * n for n in range(1, int(1 / step) + 1)]
        wrong: list[str] = []
        for pace in paces:
            wrong = _at(found, port, first, following, (pace, seconds, seed))
        return wrong + violations(found)


def _at(found: House, port: int, first: Path, following: Path, how: tuple[float, int, int]):
    pace, seconds, seed = how
    sign_ins, pages = SIGN_INS * pace, PAGES * pace
    callers = Callers(found, port, seed, sign_ins, pages)
    callers.read(first)
    with found.database.sessions() as session:
        callers.sign_some_in(session, found)
    spent = os.times()
    night = threading.Thread(target=_nightly, args=(found, following))
    night.start()
    began = time.monotonic()
    paced(seconds, callers.pick, sign_ins + pages, callers.times)
    taken = time.monotonic() - began
    night.join()
    now = os.times()
    times = callers.times
    print(f"asked for {sign_ins:.0f} sign-ins and {pages:.0f} pages a second for {seconds} s:")
    print("\n".join(times.lines()))
    print(
        f"{times.count / taken:.1f} requests/s, {callers.signed_in / taken:.1f} sign-ins/s, "
        f"{times.errors} errors, begun at most {times.late:.1f} s late, the asker itself took "
        f"{(now.user + now.system - spent.user - spent.system) / taken:.2f} of a processor; "
        f"acts that did not end: {dict(times.wrong.most_common(5))}",
        flush=True,
    )
    wrong = [f"{times.errors} errors"] if times.errors or times.wrong else []
    if times.at(95) > MOST_P95_SECONDS:
        wrong.append(f"p95 {times.at(95) * 1000:.0f} ms at {pace:.0%}")
    return wrong


def _nightly(found: House, path: Path) -> None:
    began = time.monotonic()
    ended = found.command("import-book", str(path), "--confirm")
    told = (ended.stdout.strip() or ended.stderr.strip()[-400:]).splitlines()
    print(f"nightly file in {time.monotonic() - began:.0f} s: {told[:1]}", flush=True)
