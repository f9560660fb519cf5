"""A search for deadlocks and lost money: whatever touches three plans at once, in any order, each
thing is done or refused by a rule, and every promise holds afterwards (quality T8).
"""

import itertools
import random
import time
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.config import Settings
from app.domain.calendar import BEIJING
from app.domain.errors import DomainError
from app.domain.references import reference_of
from app.domain.repayments.posted import read_posted
from app.domain.repayments.row import RepaymentRow
from app.jobs import endings, keeping, ledger
from app.models import Match, Payment
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from app.services.lender_files.making import make_day
from app.services.repayments.importing import import_repayments
from app.services.repayments.posting import take_off
from app.services.repayments.receiving import receive_payment
from app.services.upholding.receiving import read_notice
from app.wiring import make_gateways
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import signed_of
from tests.support.counters import broken
from tests.support.installation import KEYS
from tests.support.lender_rows import ListFile
from tests.support.money import covered, plan_of
from tests.support.races import race_rounds, run_together

pytestmark = pytest.mark.race
# Two parts are missed by then, so that notices come and go as money does.
NOW = datetime(2026, 12, 16, 10, 0, tzinfo=BEIJING)
TODAY, COVERED_UNTIL = NOW.date(), date(2026, 12, 15)
# Of the last payments so many are fought over.
THREADS, PLANS, FEW = 6, 3, 2
# Of a minute that `make check` takes, a few seconds.
SECONDS = race_rounds() * 0.4
_numbers = itertools.count(1)
PEOPLE = (
    ("罗涵敏", "19003740000", "990101198901140965"),
    ("周以宁", "19003740001", "990101198901141789"),
    ("田小麦", "19003740003", "990101198901140022"),
)


class Searcher:
    """What one thread does to the plans, thrown by dice of its own."""

    def __init__(self, database, context, seed: int, plans, borrowers) -> None:
        self.database, self.context, self.dice = database, context, random.Random(seed)
        self.plans, self.borrowers = plans, borrowers
        self.told: Counter[str] = Counter()
        money = (self.receive, self.receive_again, self.reverse, self.take_off)
        self.acts = (
            *(3 * money),
            self.take_in,
            self.look,
            self.announce,
            self.catch_up,
            self.read,
            self.tell_the_core,
        )
        self.last: tuple[RepaymentRow, str] | None = None

    def search(self) -> Counter[str]:
        ends_at = time.monotonic() + SECONDS
        while time.monotonic() < ends_at:
            act = self.dice.choice(self.acts)
            try:
                act()
            except DomainError as refusal:
                self.told[refusal.code] += 1
            else:
                self.told["done"] += 1
        return self.told

    def _row(self, reverses: str = "") -> RepaymentRow:
        plan = self.dice.choice(self.plans)
        facts = {
            "channel_ref": f"S{next(_numbers):08d}",
            "channel": "核心",
            "arrived_on": TODAY.isoformat(),
            "paid_on": (TODAY - timedelta(days=self.dice.randrange(9))).isoformat(),
            "remark": reference_of(plan),
        }
        back = {"reverses": reverses} if reverses else {}
        return read_posted(facts | back, self.dice.choice((100, 50_000, 90_000)), today=TODAY)

    def _post(self, row: RepaymentRow, key: str) -> None:
        with self.database.sessions() as session:
            receive_payment(session, self.context, row=row, request_key=key)

    def receive(self) -> None:
        row = self._row()
        self.last = row, row.channel_ref
        self._post(*self.last)

    def receive_again(self) -> None:
        if self.last is not None:
            self._post(*self.last)

    def take_in(self) -> None:
        lines = [
            {
                "流水号": f"F{next(_numbers):08d}",
                "渠道": "银行卡",
                "入账日期": TODAY.isoformat(),
                "金额": "300.00",
                "备注": reference_of(plan),
            }
            for plan in self.dice.sample(self.plans, PLANS)
        ]
        with self.database.sessions() as session:
            import_repayments(session, self.context, file=ListFile(lines), through=COVERED_UNTIL)

    def _payment(self, session) -> Payment | None:
        some = select(Payment).where(Payment.state == "matched", Payment.reverses_ref == "")
        found = session.scalars(some.order_by(Payment.id.desc()).limit(FEW)).all()
        session.rollback()
        return self.dice.choice(found) if found else None

    def reverse(self) -> None:
        with self.database.sessions() as session:
            found = self._payment(session)
            if found is None:
                return
            session.refresh(found)
            told = {
                "channel_ref": f"B{next(_numbers):08d}",
                "channel": found.channel,
                "arrived_on": TODAY.isoformat(),
                "reverses": found.channel_ref,
            }
            row = read_posted(told, found.fen, today=TODAY)
        self._post(row, row.channel_ref)

    def take_off(self) -> None:
        with self.database.sessions() as session:
            found = self._payment(session)
            if found is not None:
                with transaction(session):
                    mine = session.get_one(Payment, found.id)
                    take_off(session, self.context, payment=mine, actor="staff:x")

    def look(self) -> None:
        keeping.run(self.database.sessions, self.context, 10)

    def announce(self) -> None:
        endings.run(self.database.sessions, self.context, 10)

    def catch_up(self) -> None:
        ledger.run(self.database.sessions, self.context, 10)

    def read(self) -> None:
        place = self.dice.randrange(PLANS)
        mine = {"borrower_id": self.borrowers[place], "plan_number": self.plans[place]}
        with self.database.sessions() as session:
            read_notice(session, self.context, **mine)

    def tell_the_core(self) -> None:
        on = TODAY - timedelta(days=1 + self.dice.randrange(3))
        make_day(self.database.sessions, self.context, on=on)


@pytest.fixture
def plans(database, vault, site):
    """Numbers of three signed plans, and whose they are."""
    with database.sessions() as session:
        numbers, owners = [], []
        for name, mobile, id_number in PEOPLE:
            owner = make_borrower(session, vault, name=name, mobile=mobile, id_number=id_number)
            agreement = signed_of(session, vault, site, borrower=owner)
            numbers.append(plan_of(session, agreement).number)
            owners.append(owner.id)
        covered(session, COVERED_UNTIL)
        session.commit()
    return numbers, owners


@pytest.fixture
def context(site, tmp_path):
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS})
    return acting(now=NOW, actor=Actor("api:x"), gateways=make_gateways(settings), site=site)


@pytest.fixture
def vault(context):
    return context.vault


def promises_broken(database, context) -> set[str]:
    """Books brought up to the day, then every promise that does not hold."""
    ledger.run(database.sessions, context, 10)
    with database.sessions() as session:
        return broken(session, gateways=context.gateways)


def test_whatever_happens_at_once_to_three_plans_is_done_or_refused_and_conserves_money(
    database, plans, context
):
    # Made-up agreements have no paper: that is so before, and nothing else may be afterwards.
    before = promises_broken(database, context)
    seeds = random.Random(20261128).sample(range(10_000), THREADS)
    searchers = [Searcher(database, context, seed, *plans) for seed in seeds]
    told = run_together(lambda n: searchers[n].search(), threads=THREADS)
    assert not [one for one in told if isinstance(one, BaseException)], told
    counts = sum(told, Counter())
    assert counts["done"] > THREADS
    assert counts.keys() <= {"done", "payment_moved", "payment_reversed", "other_import"}, counts
    # Who had to be told to come again: few of all.
    assert counts["other_import"] <= 0.02 * counts.total()
    assert promises_broken(database, context) == before
    with database.sessions() as session:
        standing = select(func.sum(Match.fen)).where(Match.undone_at.is_(None))
        matched = select(func.sum(Payment.fen)).where(Payment.state == "matched")
        assert session.scalar(standing) == session.scalar(matched)
