"""An import of repayments in a process of its own, killed before its n-th commit."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from app.config import Settings
from app.db import make_engine, make_session_factory
from app.services.core.context import Actor, Context
from app.services.repayments import importing
from app.wiring import make_gateways, open_repayments
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.killed import Fuse

BATCH = 2
LATER = NOW + timedelta(hours=1)


def context_of(vault) -> Context:
    """Return the surroundings of the command."""
    return acting(now=LATER, actor=Actor("cli:import-repayments"), vault=vault)


def take_in(address: str, instance: Path, path: Path, at: int) -> None:
    """Import a file in batches of two lines."""
    importing.BATCH_LINES = BATCH
    settings = Settings.from_env({"INSTANCE_DIR": str(instance), "DATABASE_URL": address, **KEYS})
    context = context_of(make_gateways(settings).vault)
    engine = make_engine(address)
    event.listen(engine, "commit", Fuse(at))
    try:
        with make_session_factory(engine)() as session:
            importing.import_repayments(session, context, file=open_repayments(path))
    finally:
        engine.dispose()
