"""When a task last ran is on record, and since when it breaks."""

from datetime import timedelta

from sqlalchemy import select

from app.models import JobRun
from app.services.work.runs import NOTED_EVERY, note_run
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.races import run_together


def noted(session) -> tuple:
    columns = JobRun.ended_at, JobRun.done, JobRun.left, JobRun.fault, JobRun.broken_since_at
    return tuple(session.execute(select(*columns)).one())


def test_a_task_that_finds_nothing_is_noted_once_a_minute(session):
    times = [timedelta(), timedelta(seconds=3), NOTED_EVERY - timedelta(seconds=1), NOTED_EVERY]
    told = [note_run(session, acting(now=NOW + one), name="outbox") for one in times]
    assert told == [True, False, False, True]
    assert noted(session) == (NOW + NOTED_EVERY, 0, 0, None, None)


def test_what_was_done_is_noted_at_once(session):
    note_run(session, acting(), name="outbox")
    later = NOW + timedelta(seconds=3)
    assert note_run(session, acting(now=later), name="outbox", done=2, left=1)
    assert noted(session) == (later, 2, 1, None, None)


def test_since_when_it_breaks_stays_until_it_ends_well(session):
    for seconds, fault in ((0, None), (3, "OSError"), (6, "OSError"), (9, "ValueError")):
        later = NOW + timedelta(seconds=seconds)
        note_run(session, acting(now=later), name="outbox", left=int(bool(fault)), fault=fault)
    broken = NOW + timedelta(seconds=3)
    assert noted(session) == (NOW + timedelta(seconds=9), 0, 1, "ValueError", broken)
    well = NOW + timedelta(seconds=12)
    assert note_run(session, acting(now=well), name="outbox")
    assert noted(session) == (well, 0, 0, None, None)


def test_a_clock_that_was_ahead_keeps_no_run_from_being_noted(session):
    note_run(session, acting(now=NOW + timedelta(days=1)), name="outbox")
    assert note_run(session, acting(), name="outbox")
    assert noted(session)[0] == NOW


def test_two_hosts_may_end_the_first_run_at_once(database):
    def note(_thread):
        with database.sessions() as session:
            return note_run(session, acting(), name="outbox", done=1)

    assert all(run_together(note, threads=4))
    with database.sessions() as session:
        assert noted(session)[1] == 1
