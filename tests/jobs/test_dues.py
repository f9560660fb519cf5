"""The job that keeps dues goes on with its pass."""

from app.jobs import dues
from app.jobs.report import Report
from tests.services.ledger.made import posted, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW


def test_a_pass_is_taken_in_turns(database, vault, settings, monkeypatch):
    monkeypatch.setattr(dues, "STEP", 2)
    monkeypatch.setattr(dues, "TIMES_LIMIT", 1)
    with database.sessions() as session:
        for _ in range(3):
            plan = signed_plan(session, vault, settings.site).plan
            posted(session, plan.id, NOW.date())

    def run(limit):
        return dues.run(database.sessions, acting(now=NOW), limit)

    assert run(2) == Report("dues", done=2)
    assert run(2) == Report("dues", done=1)
