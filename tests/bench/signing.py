"""The home page while ten papers are set and sealed at once in the same process, beside the page
alone: milliseconds, median and the slowest of twenty.
"""

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import select

from app import create_app
from app.config import Settings
from app.models import Borrower
from app.wiring import make_gateways, write_plain_logs
from tests.support.agreements import a_text, paper_of
from tests.support.clock import FixedClock
from tests.support.databases import Sqlite, opened
from tests.support.live import prepare, settings_of
from tests.support.people import sign_in_as

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
AT_ONCE, ALONE, TWENTIETHS = 10, 100, 20


def measured(folder: str) -> Iterator[str]:
    """Ask for the page alone, then until all ten are signed."""
    gateways = make_gateways(Settings.from_env({"INSTANCE_DIR": folder}))
    values = paper_of(a_text(periods=36))

    def sign() -> None:
        gateways.signer.sign(gateways.documents.make("agreement", values), reason="-", at=AT)

    with _home() as page:
        for _ in range(3):
            sign(), page()
        yield _told("home page alone", [_taken(page) for _ in range(ALONE)])
        signing = [threading.Thread(target=sign) for _ in range(AT_ONCE)]
        for one in signing:
            one.start()
        beside = []
        while any(one.is_alive() for one in signing):
            beside.append(_taken(page))
        yield _told("home page, 10 signed at once", beside)


@contextlib.contextmanager
def _home() -> Iterator[Callable[[], object]]:
    """A signed-in borrower of the demo, who asks for home."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        prepare(site, Sqlite(Path(folder)).template, opened)
        settings = settings_of(site)
        write_plain_logs()
        app = create_app(settings, gateways=make_gateways(settings), clock=FixedClock())
        client = app.test_client()
        with app.extensions["anhuan"].sessions() as session:
            first = session.scalars(select(Borrower).order_by(Borrower.id)).first()
            sign_in_as(client, session, first)
        yield lambda: client.get("/home").status_code == 200
        app.extensions["anhuan_engine"].dispose()


def _taken(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    assert work()
    return (time.perf_counter() - started) * 1000


def _told(name: str, taken: list[float]) -> str:
    return f"{name:<34}{median(taken):>8.1f} /{quantiles(taken, n=TWENTIETHS)[-1]:>7.1f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as here:
        for line in measured(here):
            print(line, flush=True)
