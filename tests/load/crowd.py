"""Borrowers who live through a plan while a run goes on: sign in, look, propose, sign."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Agreement, PlanVersion
from tests.load.browser import Browser
from tests.load.house import House
from tests.load.messages import Inbox
from tests.load.pace import Times
from tests.load.people import address_of, new_borrower
from tests.load.walks import approve, propose, shown, sign, sign_in, to_options

# Of a hundred acts: so many of each kind.
WEIGHTS = {
    "home": 40,
    "loan": 20,
    "sign-in": 14,
    "options": 6,
    "propose": 7,
    "decide": 6,
    "sign": 7,
}
REQUESTS_AN_ACT = 2.4
# So many codes an hour go to a number, and so far apart.
MOST_SIGN_INS, APART_SECONDS = 4, 70.0


@dataclass
class Person:
    """A borrower, the browser they are signed in with, and how far their plan is."""

    number: int
    mobile: str
    last4: str
    loan: str
    phone: Browser | None = None
    sign_ins: int = 0
    version: str = ""
    stage: str = "new"
    asked_at: float = -APART_SECONDS
    busy: threading.Lock = field(default_factory=threading.Lock)


def _may_sign_in(one: Person) -> bool:
    return one.sign_ins < MOST_SIGN_INS and time.monotonic() - one.asked_at > APART_SECONDS


class Crowd:
    """Everybody, and what was answered to them."""

    def __init__(self, house: House, port: int, desks: list[Browser], dice: random.Random) -> None:
        self._house, self._port, self._desks, self._dice = house, port, desks, dice
        self.people: list[Person] = []
        self.times = Times()
        self.proposed: list[str] = []
        self.approved: list[str] = []
        self.signed: list[str] = []
        self.inbox = Inbox(house.folder / "web", house.folder / "jobs")
        self._free_desks = threading.Semaphore(len(desks))

    def gather(self, session: Session, count: int) -> None:
        """Make so many borrowers; every other one's plan will be looked at by a person."""
        for number in range(count):
            borrower, loan = new_borrower(session, self._house, number)
            loan.disputed = bool(number % 2)
            last4 = f"99010119890{number:06d}5"[:18][-4:]
            one = Person(borrower.id, f"190{number:08d}", last4, loan.public_id)
            self.people.append(one)
        session.commit()

    def pick(self) -> tuple[str, Callable[[], None]]:
        """Return what somebody does next, and its kind."""
        wanted = self._dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        acts = {
            "home": (self._home, lambda one: one.phone),
            "loan": (self._loan, lambda one: one.phone),
            "options": (self._options, lambda one: one.phone and one.stage == "new"),
            "propose": (self._propose, lambda one: one.phone and one.stage == "new"),
            "decide": (self._decide, lambda one: one.stage == "waits"),
            "sign": (self._sign, lambda one: one.phone and one.stage == "approved"),
        }
        if wanted in acts:
            act, fits = acts[wanted]
            if person := self._somebody(fits):
                return wanted, lambda: self._with(person, act)
        person = self._somebody(_may_sign_in) if wanted == "sign-in" else None
        if person is None:
            return "start", self._start
        return "sign-in", lambda: self._with(person, self._sign_in)

    def wrong(self, session: Session) -> list[str]:
        """Return what was answered and is not stored as it should be, once."""
        versions = set(self.proposed)
        found = select(PlanVersion.public_id).where(PlanVersion.public_id.in_(versions))
        missing = versions - set(session.scalars(found))
        query = select(Agreement.number, func.count()).where(Agreement.number.in_(self.signed))
        agreements = dict(session.execute(query.group_by(Agreement.number)).all())
        return [f"proposal {one} is gone" for one in missing] + [
            f"agreement {one}: {agreements.get(one, 0)} times"
            for one in self.signed
            if agreements.get(one) != 1
        ]

    def _somebody(self, fits: Callable[[Person], object]) -> Person | None:
        for _try in range(40):
            one = self._dice.choice(self.people)
            if fits(one) and one.busy.acquire(blocking=False):
                return one
        return None

    def _with(self, person: Person, act: Callable[[Person], None]) -> None:
        try:
            act(person)
        finally:
            person.busy.release()

    def _phone(self, person: Person, kind: str) -> Browser:
        phone = person.phone or Browser(self._port, address_of(person.number))
        phone.note = self.times.note(kind)
        return phone

    def _start(self) -> None:
        shown(Browser(self._port, note=self.times.note("start")).get("/"))

    def _sign_in(self, person: Person) -> None:
        person.sign_ins, person.asked_at = person.sign_ins + 1, time.monotonic()
        # A new one each time, as a phone that was cleared.
        phone = Browser(self._port, address_of(person.number), note=self.times.note("sign-in"))
        sign_in(phone, person.mobile, person.last4, self.inbox.code)
        person.phone = phone

    def _home(self, person: Person) -> None:
        shown(self._phone(person, "home").get("/home"))

    def _loan(self, person: Person) -> None:
        shown(self._phone(person, "loan").get(f"/loan/{person.loan}"))

    def _options(self, person: Person) -> None:
        to_options(self._phone(person, "options"), person.loan)

    def _propose(self, person: Person) -> None:
        person.stage = "asked"
        person.version = propose(self._phone(person, "propose"), person.loan)
        self.proposed.append(person.version)
        person.stage = "waits" if person.number % 2 == self._parity else "approved"

    @property
    def _parity(self) -> int:
        return (self.people[0].number + 1) % 2

    def _decide(self, person: Person) -> None:
        person.stage = "asked"
        desk = self._desks[person.number % len(self._desks)]
        mine = Browser(self._port, desk.address, dict(desk.cookies), self.times.note("decide"))
        approve(mine, person.version)
        self.approved.append(person.version)
        person.stage = "approved"

    def _sign(self, person: Person) -> None:
        person.stage = "asked"
        phone = self._phone(person, "sign")
        number = sign(phone, person.version, person.mobile, self.inbox.code)
        self.signed.append(number)
        person.stage = "signed"
