"""The application under the real server with the settings it is shipped with, in processes of its
own.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path

from tests.support.databases import ROOT, Database
from tests.support.installation import KEYS

GUNICORN = ROOT / "docs" / "production" / "gunicorn.conf.py"
LONGEST_START_SECONDS = 90


@dataclass(frozen=True)
class Answered:
    """What came back, whatever its status."""

    status: int
    headers: HTTPMessage
    text: str


@dataclass(frozen=True)
class Served:
    """A running server: where it answers, with which environment, its master."""

    url: str
    environ: Mapping[str, str]
    process: subprocess.Popen
    log: Path

    def get(self, path: str, **headers: str) -> Answered:
        return asked(self.url + path, headers=headers)

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(one) for one in children.read_text().split()}


class _NoWayOn(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_told):
        return None


def asked(url: str, *, data: bytes | None = None, headers=None, opener=None) -> Answered:
    """Ask once, follow nothing; a refusal is an answer too."""
    opener = opener or urllib.request.build_opener(_NoWayOn)
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with opener.open(request, timeout=60) as answer:
            return Answered(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as answer:
        with answer:
            return Answered(answer.code, answer.headers, answer.read().decode("utf-8", "replace"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def environ_of(database: Database, folder: Path, **more: str) -> dict[str, str]:
    """What an installation of a test is told by its environment."""
    own = {"DATABASE_URL": database.address, "INSTANCE_DIR": str(folder), **KEYS}
    return os.environ | {"APP_ENV": "development", "HOST": "127.0.0.1"} | own | more


@contextlib.contextmanager
def program(*words: str, environ: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """Run a program of ours until the end of the block, which it has to reach alive."""
    with log.open("ab") as out:
        started = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, env=environ, stdout=out, stderr=out
        )
        try:
            yield started
        finally:
            started.terminate()
            started.wait(timeout=LONGEST_START_SECONDS)


def await_answer(url: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            asked(url)
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer:\n{log.read_text()[-3000:]}")


@contextlib.contextmanager
def served(database: Database, folder: Path, **more: str) -> Iterator[Served]:
    """Serve a migrated database on a free port, with two workers unless it is told otherwise."""
    folder.mkdir(exist_ok=True)
    port, log = free_port(), folder / "gunicorn.log"
    environ = environ_of(database, folder, PORT=str(port), WEB_CONCURRENCY="2") | more
    with program("gunicorn", "--config", str(GUNICORN), environ=environ, log=log) as process:
        url = f"http://127.0.0.1:{port}"
        await_answer(f"{url}/healthz", process, log)
        site = Served(url, environ, process, log)
        # One answers while the others are still forked.
        while process.poll() is None and len(site.workers()) < int(environ["WEB_CONCURRENCY"]):
            time.sleep(0.05)
        yield site
