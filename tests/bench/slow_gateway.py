"""The application with a gateway that takes its time, at an hour of choice:
`flask --app tests.bench.slow_gateway jobs run`.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from app import create_app
from app.cli import register
from app.config import Settings
from app.ports.sms import HandedOver, Sms, SmsGateway
from app.wiring import make_gateways

CALL_SECONDS = 0.1
BEGAN_AT, CALLS = "BENCH_BEGAN_AT", "BENCH_CALLS"


class SlowSms(SmsGateway):
    """Takes a tenth of a second a call, and writes a line of keys for each."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def send(self, sms: Sms) -> HandedOver:
        """Hand over one message: the texts of a morning each name a plan, so none go together."""
        self.call((sms,))
        return HandedOver("slow", sms.key[:64])

    def call(self, messages: Sequence[Sms]) -> None:
        """One call; a line is written whole or not at all."""
        time.sleep(CALL_SECONDS)
        os.write(self._file, (" ".join(one.key for one in messages) + "\n").encode())


class HourClock:
    """Goes on from an instant of choice as time does."""

    def __init__(self, began_at: datetime) -> None:
        self._began_at, self._began = began_at, time.monotonic()

    def now(self) -> datetime:
        """The instant now."""
        return self._began_at + timedelta(seconds=time.monotonic() - self._began)


if BEGAN_AT in os.environ:
    settings = Settings.from_env()
    gateways = replace(make_gateways(settings), sms=SlowSms(Path(os.environ[CALLS])))
    clock = HourClock(datetime.fromisoformat(os.environ[BEGAN_AT]))
    app = create_app(settings, gateways, clock)
    register(app)
