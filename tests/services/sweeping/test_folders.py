"""Folders that no row names go, some at a time; what is put on record."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import AuditEntry
from app.services.core.audit import Entry
from app.services.sweeping.folders import UNDER_WAY, sweep
from tests.support.acting import acting
from tests.support.clock import NOW


class Folders:
    """A store that has nothing but folders, and remembers what it was asked."""

    def __init__(self, session, *names: str) -> None:
        self.session, self.names, self.before = session, list(names), None

    def folders(self, *, before):
        self.before = before
        return iter(tuple(self.names))

    def delete(self, folder: str) -> None:
        # Nobody waits for a connection that waits for a store.
        assert not self.session.in_transaction()
        self.names.remove(folder)


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_what_is_named_stays_and_the_rest_goes_on_record(session, limit):
    store, shown = Folders(session, "a", "kept", "b"), []

    def nameless(names):
        shown.append(len(names))
        session.execute(select(1))
        return [one for one in names if one != "kept"]

    def entry(done: int) -> Entry:
        return Entry("export.swept", "export", "-", after={"folders": done})

    told = {"storage": store, "nameless": nameless, "entry": entry, "limit": limit}
    assert sweep(session, acting(now=NOW), **told) == 2
    assert sweep(session, acting(now=NOW), **told) == 0
    assert store.names == ["kept"]
    assert store.before == NOW - UNDER_WAY <= NOW - timedelta(hours=1)
    assert max(shown) <= limit
    kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "export.swept")).all()
    assert [(one.actor, one.after) for one in kept] == [("job:sweeping", {"folders": 2})]
