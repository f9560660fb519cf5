"""Days of which files tell, with a storage of the test's own."""

import csv
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.config import Settings
from app.services.core.context import Actor
from app.services.lender_files.day import ToldDay
from app.wiring import make_gateways
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def today() -> ToldDay:
    return ToldDay(TODAY)


@pytest.fixture
def gateways(tmp_path):
    return make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))


@pytest.fixture
def vault(gateways):
    return gateways.vault


@pytest.fixture
def context(gateways, site):
    """The surroundings of somebody who comes the day after."""
    actor, later = Actor("cli:export-nightly"), NOW + timedelta(days=1)
    return acting(now=later, actor=actor, gateways=gateways, site=site)


@pytest.fixture
def in_gb18030(context):
    return replace(context, site=replace(context.site, files_encoding="gb18030"))


def cells(rows, columns):
    """Lines of a file as dictionaries."""
    return [dict(zip(columns, row.cells, strict=True)) for row in rows]


def read(text: bytes, encoding="utf-8"):
    """Heading, lines and control line of a file."""
    first, *lines, last = csv.reader(text.decode(encoding).splitlines())
    return first, lines, last


def day(before: int) -> date:
    return TODAY - timedelta(days=before)
