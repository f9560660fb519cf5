"""Pages of a borrower by two gunicorn workers on PostgreSQL, beside bare Flask that asks the same
statements and renders the same bytes with Jinja.
"""

import cProfile
import pstats
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, event, select

from app import create_app
from app.config import Settings
from app.models import Borrower, Loan
from app.services.demo.loading import load_demo
from app.services.hardship.records import UNSAID
from app.services.proposals.drafts import save_reason
from app.wiring import make_gateways, open_book, write_plain_logs
from tests.bench.bare_pages import Told, bare_app
from tests.bench.limits import Held
from tests.bench.served import Load, loaded, served
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import FixedClock
from tests.support.databases import Database, Postgres, opened
from tests.support.example_book import EXAMPLE
from tests.support.live import settings_of
from tests.support.people import sign_in_as
from tests.support.proposals import ANSWERS as ABOUT_TO_SEND
from tests.support.proposals import answered, submitted

HEADING = (
    f"{'page, two workers':<20}{'queries':>8}{'bytes':>8}{'ours /s':>9}{'bare /s':>9}{'of bare':>9}"
    f"{'ours ms':>9}{'bare ms':>9}{'of bare':>9}  (ms: processor time of the workers a page)"
)
AT_A_TIME = 4
ANSWERS = replace(ABOUT_TO_SEND, kind="reamortise", is_income_done=True)
SECONDS = 4.0
WARM_UP = 8
# So much of the bare page's processor a page may take: half of its rate, and a quarter.
MOST_OF_BARE = {"start page": 2.0}
MOST = 4.0
# What no other work on the machine changes: how often the database is asked, and how many functions
# are called. At commit 8dc6455: 8 and 24,700, 5 and 24,600, 12 and 49,000, 13 and 40,600, 7 and
# 30,300.
QUESTIONS = {"home": 3, "loan": 4, "options": 5, "check": 6, "status": 6}
CALLS = {
    "start page": 1_800,
    "home": 9_900,
    "loan": 11_500,
    "options": 24_800,
    "check": 18_900,
    "status": 16_400,
}


@dataclass(frozen=True)
class Page:
    """An address, and the cookie of who asks for it."""

    name: str
    path: str
    cookie: str = ""


@dataclass(frozen=True)
class Worked:
    """A page as bare Flask is to answer it, and how many functions ours calls for it."""

    told: Told
    calls: int


def measured() -> Iterator[str | Held]:
    """Tell how each page fares, line by line, then what is held to a limit."""
    with tempfile.TemporaryDirectory() as folder, Postgres().fresh() as url:
        address = url.render_as_string(hide_password=False)
        settings = replace(settings_of(Path(folder)), database_url=address)
        with opened(url) as database:
            pages = _made(database, settings)
        worked = [_worked(settings, page) for page in pages]
        told = [one.told for one in worked]
        held: list[Held] = []
        yield HEADING
        with (
            served(lambda: _ours(settings)) as ours,
            served(lambda: bare_app(create_engine(address), told)) as bare,
        ):
            for page, one in zip(pages, worked, strict=True):
                loads = [_load(at, page) for at in (ours, bare)]
                yield _line(one.told, *loads)
                held += _held(one, *loads)
        yield from held


def _held(one: Worked, ours: Load, bare: Load) -> Iterator[Held]:
    name = one.told.name
    most = MOST_OF_BARE.get(name, MOST)
    yield Held(f"{name}, processor", ours.cpu_ms / bare.cpu_ms, most, "of the bare page")
    yield Held(f"{name}, functions", one.calls, CALLS[name], "calls")
    if name in QUESTIONS:
        yield Held(f"{name}, database", len(one.told.statements), QUESTIONS[name], "queries")


def _line(told: Told, ours: Load, bare: Load) -> str:
    return (
        f"{told.name:<20}{len(told.statements):>8}{len(told.body):>8}{ours.rate:>9.0f}"
        f"{bare.rate:>9.0f}{ours.rate / bare.rate:>9.2f}{ours.cpu_ms:>9.2f}{bare.cpu_ms:>9.2f}"
        f"{bare.cpu_ms / ours.cpu_ms:>9.2f}"
    )


def _load(server, page: Page) -> Load:
    return loaded(server, page.path, page.cookie, at_a_time=AT_A_TIME, seconds=SECONDS)


def _ours(settings: Settings) -> Flask:
    write_plain_logs()
    return create_app(settings, gateways=make_gateways(settings), clock=FixedClock())


def _made(database: Database, settings: Settings) -> list[Page]:
    """Make the people whose pages are asked for: of the demo, about to propose, waiting."""
    gateways = make_gateways(settings)
    with database.sessions() as session:
        load_demo(session, acting(vault=gateways.vault), example=open_book(EXAMPLE))
        first = session.scalars(select(Borrower).order_by(Borrower.id)).first()
        loan = session.scalars(select(Loan).where(Loan.borrower_id == first.id)).first()
        answering = answered(session, gateways.vault, answers=ANSWERS)
        save_reason(
            session,
            acting(vault=gateways.vault),
            borrower_id=answering.borrower.id,
            loan_public_id=answering.loan.public_id,
            reason=UNSAID,
            words="",
            has_consented=False,
        )
        waiting = make_borrower(session, gateways.vault)
        version = submitted(session, gateways.vault, settings.site, borrower=waiting)
        cookies = [_cookie(settings, session, who) for who in (first, answering.borrower, waiting)]
        plan = f"/loan/{answering.loan.public_id}/plan"
        return [
            Page("start page", "/"),
            Page("home", "/home", cookies[0]),
            Page("loan", f"/loan/{loan.public_id}", cookies[0]),
            Page("options", f"{plan}/options", cookies[1]),
            Page("check", f"{plan}/check", cookies[1]),
            Page("status", f"/plan/{version}", cookies[2]),
        ]


def _cookie(settings: Settings, session, borrower: Borrower) -> str:
    app = _ours(settings)
    client = app.test_client()
    sign_in_as(client, session, borrower)
    # The first page makes what the cookie carries from then on.
    assert client.get("/contacts").status_code == 200
    app.extensions["anhuan_engine"].dispose()
    found = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return f"{found.key}={found.value}"


def _worked(settings: Settings, page: Page) -> Worked:
    """Ask for the page in this process until all that is kept is there; note what the next asks of
    the database, and how much work another is.
    """
    app = _ours(settings)
    client = app.test_client(use_cookies=False)
    headers = {"Cookie": page.cookie} if page.cookie else {}
    for _ in range(WARM_UP):
        answer = client.get(page.path, headers=headers)
        assert answer.status_code == 200, (page, answer.location)
    seen: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, given, *_rest) -> None:
        seen.append((statement, given))

    event.listen(app.extensions["anhuan_engine"], "before_cursor_execute", note)
    answer = client.get(page.path, headers=headers)
    event.remove(app.extensions["anhuan_engine"], "before_cursor_execute", note)
    with cProfile.Profile() as profile:
        client.get(page.path, headers=headers)
    app.extensions["anhuan_engine"].dispose()
    calls = pstats.Stats(profile).total_calls
    return Worked(Told(page.name, page.path, tuple(seen), answer.text), calls)


if __name__ == "__main__":
    for line in measured():
        print(line, flush=True)
