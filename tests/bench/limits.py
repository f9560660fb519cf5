"""What may not be passed: the options of each kind, a loan; how often the case page asks."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from math import inf
from pathlib import Path
from statistics import median

from app import create_app
from app.domain.kinds.options import plan_options
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.policy import PlanFacts
from app.wiring import make_gateways
from tests.bench import options
from tests.domain.examples import POLICY, make_terms, owed_on
from tests.factories import make_borrower
from tests.support.clock import FixedClock
from tests.support.counting import FEW, questions, statements
from tests.support.databases import Sqlite, opened
from tests.support.live import prepare, settings_of
from tests.support.long_cases import a_case
from tests.support.people import make_staff, sign_in_staff
from tests.support.proposals import make_staff as make_owner

START = date(2026, 11, 23)
MILLISECONDS = 5.0
ROUNDS = 30
OF_BARE, TURNS = 2.0, 1_000
# Of one loan; several are the same work so often.
REQUESTS = {
    "reamortise": {"monthly_fen": 150_000, "upfront_fen": 50_000},
    "step_up": {"monthly_fen": 200_000, "low_fen": 60_000, "low_months": 3},
    "catch_up": {"monthly_fen": 300_000},
    "deferral": {"months": 3, "way": "monthly"},
    "settlement": {"sum_fen": 1_000_000, "pay_on": START},
}
SEVERAL = ("reamortise", "step_up", "settlement")
MOST = POLICY.kinds.most_loans


@dataclass(frozen=True)
class Held:
    """One limit, and what was measured; `unit` is told behind both."""

    name: str
    measured: float
    limit: float
    unit: str

    @property
    def is_kept(self) -> bool:
        """Whether it is within its limit."""
        return self.measured <= self.limit

    def __str__(self) -> str:
        told = f"{self.measured:.2f} of {self.limit:g} {self.unit}"
        return f"{self.name:<40}{told:>28}  {'kept' if self.is_kept else 'ABOVE'}"


def measured() -> Iterator[Held]:
    """Measure every limit."""
    for kind in REQUESTS:
        for count in (1, MOST) if kind in SEVERAL else (1,):
            name = f"options, {kind}, loans: {count}"
            yield Held(name, _milliseconds(kind, count), MILLISECONDS, "ms a loan")
    yield Held("options, every instalment", _of_bare(), OF_BARE, "of the bare loop")
    for count in (1, 50):
        yield Held(f"case page, messages: {count}", _asked(count), FEW, "queries")


def _of_bare() -> float:
    """How often the bare computation is in the options, each at its least: in turns, for what else
    the machine does only adds.
    """
    pair = options.pair()
    least = {pair.ours: inf, pair.bare: inf}
    for _ in range(TURNS):
        for work in least:
            started = time.process_time()
            work()
            least[work] = min(least[work], time.process_time() - started)
    return least[pair.ours] / least[pair.bare]


def _milliseconds(kind: str, count: int) -> float:
    """The median of the work itself a loan: what else the machine does is not counted."""
    # A deferral is for what is not overdue yet.
    start_on = date(2025, 12, 1) if kind == "deferral" else date(2025, 9, 1)
    terms = make_terms(principal_fen=3_000_000, annual_ppm=180_000, periods=24, start_on=start_on)
    owed = owed_on(terms, START, paid=11)
    debts = [OwedLoan(f"JJ{number}", terms, owed) for number in range(count)]
    request = PlanRequest(
        **({"monthly_fen": 0, "upfront_fen": 0} | REQUESTS[kind]),
        surplus_fen=None,
        pay_day=10,
        start_on=START,
        kind=kind,
    )
    wide = replace(
        request,
        monthly_fen=request.monthly_fen * count,
        low_fen=request.low_fen * count,
        sum_fen=request.sum_fen and request.sum_fen * count,
    )
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        assert plan_options(debts, wide, POLICY, PlanFacts()).options
        taken.append((time.process_time() - started) * 1000 / count)
    return median(taken)


def _asked(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        prepare(site, Sqlite(Path(folder)).template, opened)
        settings = settings_of(site)
        app = create_app(settings, gateways=make_gateways(settings), clock=FixedClock())
        client = app.test_client()
        with app.extensions["anhuan"].sessions() as session:
            gateways, owner = make_gateways(settings), make_owner(session, roles=("supervisor",))
            borrower = make_borrower(session, gateways.vault)
            version = a_case(
                session, gateways, settings.site, borrower=borrower, owner=owner, count=count
            )
            sign_in_staff(client, session, make_staff(session, "agent"))
        engine = app.extensions["anhuan_engine"]
        with statements(engine) as seen:
            assert client.get(f"/admin/plan/{version}").status_code == 200
        engine.dispose()
        return len(questions(seen))
