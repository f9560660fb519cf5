"""The job that brings books up to the day."""

from app.jobs import ledger
from app.jobs.report import Report
from tests.services.ledger.made import rows, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW


def test_books_are_opened_step_by_step(database, vault, settings, monkeypatch):
    monkeypatch.setattr(ledger, "STEP", 2)
    with database.sessions() as session:
        plans = [signed_plan(session, vault, settings.site).plan.id for _ in range(5)]

    def run(limit):
        monkeypatch.setattr(ledger, "TIMES_LIMIT", 1)
        return ledger.run(database.sessions, acting(now=NOW), limit)

    assert run(3) == Report("ledger", done=3)
    assert run(9) == Report("ledger", done=2)
    assert run(9) == Report("ledger", done=0)
    with database.sessions() as session:
        assert [len(rows(session, one)) for one in plans] == [1] * 5
