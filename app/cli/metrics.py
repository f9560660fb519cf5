"""Figures for those who watch, answered at a port of this host alone."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.cli.console import Answer, answering
from app.cli.database import runtime, surroundings
from app.cli.worker_figures import WorkerFigures
from app.config import Settings
from app.services.core.context import Actor, Context
from app.services.work.gauge_queries import Gauge, gauges

# Never an address that others reach: who watches from elsewhere comes by a tunnel or a proxy that
# asks who it is.
HOST = "127.0.0.1"
ACTOR = Actor("cli:metrics")
# name -> what it says, what tells its figures apart
TOLD = {
    "waiting": ("How much waits", "queue"),
    "oldest_seconds": ("How long the first in line has waited", "queue"),
    "first_due_seconds": ("How long until the first promise is due; below 0: late", "queue"),
    "sms_last_hour": ("Messages whose time came within the last hour", "state"),
    "sms_receipts_last_hour": ("Of those handed over, what their providers told", "receipt"),
    "job_last_run_seconds": ("How long ago a task last ended, on any host", "job"),
    "job_broken_seconds": ("Since when a task breaks; 0: it does not", "job"),
    "job_left": ("What a task left undone", "job"),
    "job_silent": ("1: the task has not ended for five minutes beyond its time", "job"),
    "work_running": ("Pieces of work under way", ""),
    "work_failed": ("Pieces of work that are not tried again by themselves", ""),
}


class TableFigures:
    """Reads what tables tell when it is asked for, with a session of its own."""

    def __init__(
        self, sessions: sessionmaker[Session], surroundings: Callable[[], Context]
    ) -> None:
        self._sessions, self._surroundings = sessions, surroundings

    def describe(self) -> Iterable[Any]:
        """Nothing is read before somebody asks."""
        return ()

    def collect(self) -> Iterator[Any]:
        """Yield each figure; a database that is away is a figure too."""
        from prometheus_client.core import GaugeMetricFamily

        try:
            with self._sessions() as session:
                found = gauges(session, self._surroundings())
        except SQLAlchemyError:
            found = None
        yield GaugeMetricFamily("anhuan_database_up", "Whether it answers", value=bool(found))
        for name, (text, label) in TOLD.items():
            labels = (label,) if label else ()
            family = GaugeMetricFamily(f"anhuan_{name}", text, labels=labels)
            for one in _named(found or (), name):
                family.add_metric([one.label] if label else [], one.value)
            if found:
                yield family


def _named(found: Iterable[Gauge], name: str) -> Iterator[Gauge]:
    return (one for one in found if one.name == name)


def registry(
    sessions: sessionmaker[Session], surroundings: Callable[[], Context], folder: Path
) -> Any:
    """Return what is answered: figures of the tables, and what the workers of this host counted."""
    from prometheus_client import CollectorRegistry

    kept = CollectorRegistry()
    kept.register(TableFigures(sessions, surroundings))
    kept.register(WorkerFigures(folder))
    return kept


@click.command("metrics", help="在 127.0.0.1 的 METRICS_PORT 上给出监控指标，直到停止")
@answering
def metrics() -> Answer:
    from prometheus_client import start_http_server

    settings = Settings.from_env()
    if not settings.metrics_port:
        raise click.UsageError("没有设置 METRICS_PORT")
    found = runtime()
    assert found.sessions is not None  # noqa: S101 - bound by create_app
    kept = registry(found.sessions, surroundings(ACTOR), settings.metrics_dir)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server, thread = start_http_server(settings.metrics_port, addr=HOST, registry=kept)
    stopped.wait()
    server.shutdown()
    server.server_close()
    thread.join()
    return Answer({"stopped": True}, [])


COMMANDS = (metrics,)
