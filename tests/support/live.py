"""A running server with the demo in a database of its own, its clock standing still."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from app.config import Settings
from app.services.demo.loading import Demo, load_demo
from app.wiring import make_gateways, open_book
from tests.support.acting import acting
from tests.support.clock import FixedClock
from tests.support.databases import Database
from tests.support.door import LONGEST_WAIT, Door
from tests.support.example_book import EXAMPLE
from tests.support.sent import SentMessages

DATABASE = "anhuan.db"


class Handler(WSGIRequestHandler):
    """Leaves a visitor who opened a line and says nothing."""

    timeout = LONGEST_WAIT


@dataclass(frozen=True)
class LiveSite:
    """Where it answers, who may sign in, what was sent."""

    url: str
    demo: Demo
    clock: FixedClock
    sms: SentMessages
    settings: Settings
    door: Door

    @property
    def borrower(self):
        """Someone with a plain overdue loan and nothing else."""
        return self.demo.borrowers[0]

    def staff(self, role: str):
        return next(one for one in self.demo.staff if role in one.roles)


def prepare(folder: Path, migrated: Path, opened) -> Demo:
    """Make an installation's folder with the demo loaded."""
    folder.mkdir()
    shutil.copyfile(migrated, folder / DATABASE)
    settings = settings_of(folder)
    database: Database
    with opened(settings.database_url) as database, database.sessions() as session:
        return load_demo(
            session, acting(vault=make_gateways(settings).vault), example=open_book(EXAMPLE)
        )


@contextlib.contextmanager
def running(folder: Path, demo: Demo) -> Iterator[LiveSite]:
    """Serve the installation on a free port until the end of the block."""
    settings, clock = settings_of(folder), FixedClock()
    app = create_app(settings, gateways=make_gateways(settings), clock=clock)
    app.config["HAND_OVER_SECONDS"] = 0, 300
    door = Door(app)
    server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=Handler)
    server.daemon_threads = False  # type: ignore[attr-defined]
    server.log = lambda *_: None  # type: ignore[attr-defined]
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        yield LiveSite(url, demo, clock, SentMessages(settings.instance_dir), settings, door)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()  # what is under way ends first
        app.extensions["anhuan_engine"].dispose()


def settings_of(folder: Path) -> Settings:
    return Settings.from_env(
        {"INSTANCE_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / DATABASE}"}
    )
