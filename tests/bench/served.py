"""An application behind two gunicorn workers, and how many pages a second it gives to a few who ask
one after another.
"""

import contextlib
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

from flask import Flask
from gunicorn.app.base import BaseApplication

WORKERS = 2
THREADS = 16
TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 30
# Each line to the database prepares a statement the sixth time it meets it, and the database plans
# it once for all after five times more.
WARM_UP = 6.0
CHUNK = 65_536


@dataclass(frozen=True)
class Load:
    """Pages a second, and what the workers' processors had of each."""

    rate: float
    cpu_ms: float


@dataclass(frozen=True)
class Server:
    """Where it listens, and its processes."""

    port: int
    master: int

    def cpu_seconds(self) -> float:
        """Return what the workers have taken so far."""
        with open(f"/proc/{self.master}/task/{self.master}/children", encoding="ascii") as told:
            return sum(_cpu_of(int(child)) for child in told.read().split())


class _Gunicorn(BaseApplication):
    def __init__(self, make: Callable[[], Flask], port: int) -> None:
        self.make, self.port = make, port
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"127.0.0.1:{self.port}",
            "workers": WORKERS,
            "threads": THREADS,
            "loglevel": "error",
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.make()


@contextlib.contextmanager
def served(make: Callable[[], Flask]) -> Iterator[Server]:
    """Serve what `make` makes in each worker, until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("fork").Process(target=_Gunicorn(make, port).run)
    process.start()
    try:
        _wait_for(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.join()


def loaded(server: Server, path: str, cookie: str, *, at_a_time: int, seconds: float) -> Load:
    """Ask for a page from another process for some seconds, after a time of warming up."""
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as aside:
        aside.submit(_asking, server.port, asked, at_a_time, WARM_UP).result()
        before = server.cpu_seconds()
        count, taken = aside.submit(_asking, server.port, asked, at_a_time, seconds).result()
    return Load(count / taken, (server.cpu_seconds() - before) / count * 1000)


def _asking(port: int, asked: bytes, at_a_time: int, seconds: float) -> tuple[int, float]:
    started = time.perf_counter()
    with ThreadPoolExecutor(at_a_time) as threads:
        ends = started + seconds
        counts = list(threads.map(lambda _: _ask(port, asked, ends), range(at_a_time)))
    return sum(counts), time.perf_counter() - started


def _ask(port: int, asked: bytes, ends: float) -> int:
    count = 0
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.perf_counter() < ends:
            line.sendall(asked)
            _read(line)
            count += 1
    return count


def _read(line: socket.socket) -> None:
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += line.recv(CHUNK)
    head = got[:end].lower()
    assert head.startswith(b"http/1.1 200"), got[:200]
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(got) < end + 4 + length:
        got += line.recv(CHUNK)


def _wait_for(port: int) -> None:
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if line.recv(1):
                return
        time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def _cpu_of(process: int) -> float:
    with open(f"/proc/{process}/stat", encoding="ascii") as told:
        parts = told.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / TICKS
