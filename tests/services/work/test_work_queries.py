"""What those see who look after the background work: silence, delay, and what could not be done."""

from datetime import timedelta

import pytest

from app.models import OutboxItem
from app.ports.work import Order, Task
from app.services.work.runs import note_run
from app.services.work.tasks import TASKS
from app.services.work.work_queries import work_health, work_troubles, work_view
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.counting import statements

MINUTE = timedelta(minutes=1)


@pytest.fixture
def look(database, gateways):
    def look(now=NOW, ask=work_health):
        with database.sessions() as session:
            return ask(session, acting(now=now, gateways=gateways))

    return look


@pytest.fixture
def all_ran(database, gateways):
    with database.sessions() as session:
        for task in TASKS:
            note_run(session, acting(gateways=gateways), name=task.name)


def message(database, n=0, **columns):
    values = {
        "purpose": "reminder",
        "payload_enc": None,
        "key_version": 1,
        "state": "waiting",
        "created_at": NOW,
        "not_before_at": NOW,
        "idempotency_key": f"k{n}",
    }
    with database.sessions() as session:
        session.add(OutboxItem(**values | columns))
        session.commit()


def test_all_is_well_while_every_task_comes_round(look, all_ran):
    health = look(NOW + 5 * MINUTE)
    assert health.is_well
    assert health.troubles == 0


def test_a_task_is_silent_five_minutes_after_its_time(database, gateways, look, all_ran):
    assert look(NOW + 5 * MINUTE + timedelta(seconds=3)).silent == ()
    late = look(NOW + 5 * MINUTE + timedelta(seconds=4))
    assert late.silent == ("outbox", "nightly")
    assert not late.is_well
    # what comes round each hour may be still for an hour and five minutes
    assert "sweeping" not in look(NOW + 65 * MINUTE).silent
    assert "sweeping" in look(NOW + 66 * MINUTE).silent
    with database.sessions() as session:
        note_run(session, acting(now=NOW + 6 * MINUTE, gateways=gateways), name="outbox", done=1)
    assert look(NOW + 6 * MINUTE).silent == ("nightly",)


def test_what_never_ran_is_silent(look):
    assert look().silent == tuple(task.name for task in TASKS)


def test_a_task_that_breaks_is_told_until_it_ends_well(database, gateways, look, all_ran):
    def note(fault):
        with database.sessions() as session:
            note_run(session, acting(gateways=gateways), name="lapsing", fault=fault)

    note("OSError")
    assert (look().broken, look().is_well) == (("lapsing",), False)
    (view,) = [one for one in look(ask=work_view).tasks if one.name == "lapsing"]
    assert (view.fault, view.broken_since_at) == ("OSError", NOW)
    note(None)
    assert look().is_well


def test_the_oldest_message_that_could_go_is_seen(database, look, all_ran):
    message(database, 1, not_before_at=NOW - timedelta(seconds=90))
    message(database, 2, not_before_at=NOW + MINUTE)
    message(database, 3, state="sent", not_before_at=NOW - timedelta(days=1))
    assert (look().oldest_message_seconds, look().is_well) == (90, True)
    view = look(ask=work_view).messages
    assert (view.due, view.oldest_at) == (1, NOW - timedelta(seconds=90))
    assert not look(NOW + 9 * MINUTE).is_well


def test_every_message_that_could_not_go_is_seen_by_purpose_and_reason(database, look, all_ran):
    message(database, 1, state="failed", last_error="gateway_down")
    message(database, 2, state="failed", last_error="gateway_down", not_before_at=NOW - MINUTE)
    message(database, 3, state="expired", purpose="code")
    message(database, 4, state="failed", not_before_at=NOW - timedelta(days=8))
    message(database, 5, state="dropped")  # no longer true: nothing is amiss
    told = look(ask=work_view).messages.unsent
    assert {(one.purpose, one.state, one.fault, one.count) for one in told} == {
        ("reminder", "failed", "gateway_down", 2),
        ("code", "expired", "", 1),
    }
    assert (look().failed_messages, look().is_well) == (2, False)


def test_work_that_failed_is_counted_and_named(database, gateways, look, all_ran):
    with database.engine.begin() as connection:
        gateways.work.enqueue(connection, Order("exports", {"export": "e1"}))

    def broken(_piece):
        raise OSError("planted")

    assert look(ask=work_view).pieces.waiting == 1
    gateways.work.drain([Task("exports", attempts=1)], broken)
    assert (look().failed_pieces, look().is_well) == (1, False)
    assert [one.args for one in look(ask=work_view).failed] == [{"export": "e1"}]


def test_troubles_are_those_of_the_health_by_two_queries(database, gateways):
    context = acting(gateways=gateways)
    with database.sessions() as session:
        assert work_troubles(session, context) == work_health(session, context).troubles
        assert work_troubles(session, context) == len(TASKS)
        for task in TASKS[1:]:
            note_run(session, context, name=task.name)
    with database.engine.begin() as connection:
        gateways.work.enqueue(connection, Order("exports", {"export": "e1"}))
    gateways.work.drain([Task("exports", attempts=1)], _broken)
    with database.sessions() as session, statements(database.engine) as seen:
        troubles = work_troubles(session, context)
    # What the engine asks on PostgreSQL is asked by its own driver, as one statement.
    assert len(seen) <= 2, seen
    with database.sessions() as session:
        assert work_health(session, context).troubles == troubles == 2


def _broken(_piece):
    raise OSError("planted")
