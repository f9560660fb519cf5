"""Exports asked for through the web one after the other, and what their files hold."""

import csv
import hashlib
import io
import re
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import cycle

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Agreement, Export, PlanPart, Staff
from app.services.signin.sessions import STEP_UP
from tests.load.browser import Browser
from tests.load.house import House, wait_for
from tests.load.people import to_write
from tests.load.served import GoingClock
from tests.load.walks import Refused, again, shown
from tests.support.people import make_staff, sign_in_staff

AT_ONCE, STAFF, EACH = 10, 100, 5
FRESH_SECONDS = STEP_UP.total_seconds() / 2
UNMADE = ("waiting", "running")
# Ten at a time, each opens the books of what it reads: on a busy machine that takes minutes.
END_SECONDS = 600
NUMBER, TOTAL, PRODUCT = "协议号", "合计", "产品"
SHEETS = ("协议台账", "分期明细", "借款")


class Exporting:
    """People of finance who have ten exports made at any time, until told to stop."""

    def __init__(self, session: Session, house: House, port: int) -> None:
        self._house = house
        self.faults: list[str] = []
        self.asked = 0
        self.staff: dict[int, Browser] = {}
        for number in range(STAFF):
            staff = make_staff(session, "finance", username=f"finance-{number}")
            self.staff[staff.id] = Browser(port, f"10.2.0.{number + 1}")
        self._sign_in(session)

    def _sign_in(self, session: Session) -> None:
        """Sign all of them in: an export is asked for and taken with a code that is not old."""
        self._signed_in_at = time.monotonic()
        entering = partial(sign_in_staff, now=GoingClock().now())
        for number, browser in self.staff.items():
            to_write(session)
            staff = session.get_one(Staff, number)
            browser.cookies = self._house.carried(entering, session, staff)

    def unmade(self) -> int:
        """How many are not made yet."""
        with self._house.database.sessions() as session:
            query = select(func.count()).where(Export.state.in_(UNMADE))
            return session.scalar(query) or 0

    def go(self, stop: threading.Event) -> None:
        """Keep ten of them under way."""
        for one in cycle(self.staff.values()):
            while not stop.is_set() and self.unmade() >= AT_ONCE:
                time.sleep(0.2)
            if stop.is_set() or self.asked == STAFF * EACH:
                return
            try:
                if time.monotonic() - self._signed_in_at > FRESH_SECONDS:
                    with self._house.database.sessions() as session:
                        self._sign_in(session)
                self._ask(one)
            except Exception as problem:
                self.faults.append(f"export: {type(problem).__name__} {problem}")
                return

    def _ask(self, one: Browser) -> None:
        page = shown(again(lambda: one.get("/finance/exports/new")))
        words = {"form": "csv", "purpose": "对账"}
        # Sent again with its key where it was refused, as a person does.
        listed = shown(again(lambda: one.send(page, action="/exports/new", **words)))
        if listed.path != "/finance/exports":
            raise Refused(listed)
        self.asked += 1

    def taken(self, session: Session) -> list["Taken"]:
        """Wait until all are made, then take every file of each."""
        wait_for(lambda: not self.unmade(), END_SECONDS)
        self._sign_in(session)
        found = []
        for export in session.scalars(select(Export).order_by(Export.id)):
            if export.state != "done":
                self.faults.append(f"export {export.id}: {export.state} {export.fault}")
                continue
            found.append(self._take(self.staff[export.staff_id], export))
        if len(found) != self.asked:
            self.faults.append(f"{self.asked} exports asked for, {len(found)} made")
        return found

    def _take(self, maker: Browser, export: Export) -> "Taken":
        page = shown(maker.get("/finance/exports"))
        tables = {}
        for number, told in enumerate(export.files, 1):
            action = f"/finance/exports/{export.public_id}/{number}"
            content = shown(maker.sent(page, action=action)).content
            if hashlib.sha256(content).hexdigest() != told["sha256"]:
                self.faults.append(f"export {export.id}: {told['name']} is another file")
            tables[told["name"].partition("-")[0]] = Sheet.read(content)
        return Taken(export, tables)


@dataclass
class Sheet:
    """A sheet as anybody reads it: its rows, and the row that sums them up."""

    rows: list[dict[str, str]] = field(default_factory=list)
    total: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, content: bytes) -> "Sheet":
        """Read a CSV."""
        found = cls()
        for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            plain = {name: (value or "").strip("\t") for name, value in row.items() if name}
            if plain[NUMBER] == TOTAL:
                found.total = plain
            elif not found.total:
                found.rows.append(plain)
        return found

    @property
    def total_fen(self) -> int:
        """What its rows come to."""
        return sum(_fen(one[TOTAL]) for one in self.rows)


@dataclass
class Taken:
    """One export and its three sheets."""

    export: Export
    tables: dict[str, Sheet]

    def wrong(self, before: set[str], signed: list[str], fen_of: dict[str, int]) -> list[str]:
        """Return what is not of one instant: the agreements that were there and the first few of
        those signed since, and one total wherever it stands.
        """
        register = self.tables[SHEETS[0]]
        numbers = [one[NUMBER] for one in register.rows]
        since = set(numbers) - before
        expected = sum(fen_of.get(one, 0) for one in numbers)
        counted = re.match(r"\d+", register.total.get("每期明细", ""))
        sums = [self.tables[one].total_fen for one in SHEETS]
        told = [_fen(self.tables[one].total.get(TOTAL, "0")) for one in SHEETS]
        rules = {
            "an agreement twice": len(numbers) == len(set(numbers)),
            "not all that were there": before <= set(numbers),
            "not the first ones signed since": since == set(signed[: len(since)]),
            "rows are not as many": counted is not None and int(counted[0]) == len(numbers),
            "the record has another number": self.export.rows == len(numbers),
            "totals differ": {*sums, *told, self.export.total_fen} == {expected},
            "some of a file": len(self.batches()) == 1,
        }
        return [f"export {self.export.id}: {words}" for words, holds in rules.items() if not holds]

    def batches(self, mark: str = "新") -> set[bool]:
        """Whether its loans of the book are as the new file has them: one answer, or it is torn."""
        found = set()
        for one in (SHEETS[0], SHEETS[2]):
            rows = (row for row in self.tables[one].rows if row["借据号"].startswith("JJ26"))
            found |= {row[PRODUCT].endswith(mark) for row in rows}
        return found


def amounts(session: Session) -> dict[str, int]:
    """What each agreement comes to, in fen, added up from its stored parts."""
    query = select(Agreement.number, func.sum(PlanPart.fen)).join(
        PlanPart, PlanPart.version_id == Agreement.version_id
    )
    return {one: int(fen) for one, fen in session.execute(query.group_by(Agreement.number))}


def _fen(text: str) -> int:
    return int(Decimal(text) * 100) if text else 0
