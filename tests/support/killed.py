"""A worker of the background work in a process of its own, killed at its n-th commit point."""

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from app import jobs
from app.config import Settings
from app.db import make_engine, make_session_factory
from app.integrations.sms.local import LocalSms
from app.jobs import embedded
from app.services.core.context import Context
from app.wiring import make_gateways
from tests.support.clock import FixedClock
from tests.support.installation import KEYS
from tests.support.work import quick_engine

SECONDS = 300


class Fuse:
    """Kills the process at the n-th point it comes by: each commit of ours, the engine's own steps,
    and between what a gateway was handed and the record of it.
    """

    def __init__(self, at: int) -> None:
        self._left, self._lock = at, threading.Lock()

    def __call__(self, *_args: object, **_more: object) -> None:
        with self._lock:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


def around(fuse: Fuse, owner: type, name: str) -> None:
    """Come by the fuse before a step and after it."""
    step = getattr(owner, name)

    def watched(*args: object, **more: object) -> object:
        fuse()
        done = step(*args, **more)
        fuse()
        return done

    setattr(owner, name, watched)


def around_async(fuse: Fuse, owner: type, name: str) -> None:
    step = getattr(owner, name)

    async def watched(*args: object, **more: object) -> object:
        fuse()
        done = await step(*args, **more)
        fuse()
        return done

    setattr(owner, name, watched)


def work(address: str, instance: Path, at: int, later: timedelta) -> None:
    """Go on until killed; `at` 0 is no point, and the clock stands so much later."""
    settings = Settings.from_env({"INSTANCE_DIR": str(instance), "DATABASE_URL": address, **KEYS})
    gateways = make_gateways(settings, work=quick_engine(address))
    engine = make_engine(address)
    fuse = Fuse(at)
    event.listen(engine, "commit", fuse)
    around(fuse, LocalSms, "send")
    if engine.dialect.name == "sqlite":
        for name in ("claim", "done", "again"):
            around(fuse, embedded._Leases, name)
    else:
        from procrastinate.manager import JobManager

        for name in ("fetch_job", "finish_job", "retry_job"):
            around_async(fuse, JobManager, name)

    def surroundings() -> Context:
        return Context(FixedClock().now() + later, jobs.ACTOR, gateways, settings.site)

    # What comes round without a message or an export in it would only stretch the way.
    jobs.JOBS = tuple(one for one in jobs.JOBS if one.task.name in ("outbox", "exports"))
    last = threading.Timer(SECONDS, lambda: os.kill(os.getpid(), signal.SIGKILL))
    last.daemon = True
    last.start()
    jobs.run_all(make_session_factory(engine), surroundings, once=False)
