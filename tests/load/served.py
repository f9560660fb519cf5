"""The product as gunicorn and the flask command serve it, by a clock that began at a test's NOW and
goes on.
"""

import os
import time
from datetime import datetime, timedelta

from app import create_app
from app.cli import register
from app.config import Settings
from app.wiring import make_gateways, write_plain_logs
from tests.load import planted
from tests.support.clock import NOW
from tests.support.work import quick_engine

BEGAN, PLANTED, QUICK = "LOAD_BEGAN", "LOAD_PLANTED", "LOAD_QUICK"


class GoingClock:
    """Tells a Monday morning whenever the run is made, so that messages may go."""

    def now(self) -> datetime:
        return NOW + timedelta(seconds=time.time() - float(os.environ[BEGAN]))


def application():
    """What `gunicorn tests.load.served:application()` serves."""
    write_plain_logs()
    settings = Settings.from_env()
    # Quick to miss a worker: for who cannot wait for half a minute.
    work = quick_engine(settings.database_url) if os.environ.get(QUICK) else None
    app = create_app(settings, make_gateways(settings, work=work), clock=GoingClock())
    register(app)
    planted.plant(app, os.environ.get(PLANTED, ""), settings.instance_dir)
    return app
