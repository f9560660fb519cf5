"""Pages that a kill left between writing and commit go; what a paper names, and what may still be
under way, stays.
"""

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import AuditEntry, new_public_id
from app.services.evidence import adding
from app.services.evidence.files import store_pages
from app.services.evidence.sweeping import sweep_pages
from app.services.sweeping.folders import UNDER_WAY
from tests.support.clock import NOW
from tests.support.evidence import PAGE, evidence_context, give

OLD = NOW - UNDER_WAY - timedelta(seconds=1)
YOUNG = NOW - UNDER_WAY + timedelta(seconds=1)


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


@pytest.fixture
def sweep(session, vault, folder):
    def sweep(limit=200):
        return sweep_pages(session, evidence_context(vault, folder), limit=limit)

    return sweep


def written(folder, at):
    """Every page was written at this instant."""
    for one in folder.rglob("*"):
        os.utime(one, (at.timestamp(), at.timestamp()))


def left(folder) -> set[str]:
    return {one.name for one in folder.iterdir()}


def swept(session) -> list[int]:
    session.rollback()
    query = select(AuditEntry.after).where(AuditEntry.action == "evidence.swept")
    return [one["papers"] for one in session.scalars(query)]


def test_what_a_kill_left_goes_and_what_is_named_stays(
    session, vault, folder, borrower, version, sweep, monkeypatch
):
    paper = give(session, vault, folder, borrower, version)

    def kill(*_args, **_values):
        raise Killed

    with monkeypatch.context() as patch:
        # Neither the commit nor what tidies up after a fault comes any more.
        patch.setattr(adding, "lock_version", kill)
        patch.setattr("app.integrations.storage.disk.DiskStorage.delete", lambda *_of: None)
        with pytest.raises(Killed):
            give(session, vault, folder, borrower, version, content=PAGE + b"other")
    assert len(left(folder)) == 2
    written(folder, OLD)
    assert sweep() == 1
    assert left(folder) == {paper}
    assert sweep() == 0
    assert swept(session) == [1]


def test_what_may_still_be_under_way_stays(vault, folder, sweep):
    store_pages(evidence_context(vault, folder), row=new_public_id(), pages=[PAGE])
    written(folder, YOUNG)
    assert sweep() == 0
    written(folder, OLD)
    assert sweep() == 1


def test_however_many_there_are(vault, folder, sweep):
    context = evidence_context(vault, folder)
    for _ in range(5):
        store_pages(context, row=new_public_id(), pages=[PAGE])
    written(folder, OLD)
    assert sweep(limit=2) == 5


def test_nothing_was_ever_written(session, sweep):
    assert sweep() == 0
