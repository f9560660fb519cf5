"""Figures of what waits move with it, on both databases."""

from datetime import timedelta

import pytest

from app.models import Export, OutboxItem
from app.ports.work import Order
from app.services.work.gauge_queries import gauges
from app.services.work.runs import note_run
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.callbacks import ask_callback
from tests.support.clock import NOW
from tests.support.proposals import submitted
from tests.support.threads import write

MINUTE = timedelta(minutes=1)


@pytest.fixture
def look(database, gateways):
    def look(now=NOW):
        with database.sessions() as session:
            found = gauges(session, acting(now=now, gateways=gateways))
        told = {(one.name, one.label): one.value for one in found}
        assert len(told) == len(found), "two figures under one name"
        return told

    return look


def test_nothing_waits_in_a_new_house(look):
    told = look()
    queues = ("cases", "callbacks", "messages", "sms", "exports", "work")
    assert [told["waiting", one] for one in queues] == [0] * 6
    assert [told["oldest_seconds", one] for one in queues] == [0] * 6
    assert "cases" not in [label for name, label in told if name == "first_due_seconds"]


def test_what_waits_at_the_desk_is_counted_from_its_beginning(look, database, gateways, settings):
    with database.sessions() as session:
        submitted(session, gateways.vault, settings.site)
        ask_callback(session, gateways.vault)
        ask_callback(session, gateways.vault, now=NOW + MINUTE)
        person = make_borrower(
            session, gateways.vault, mobile="19003740009", id_number="990101198901141789"
        )
        make_loan(session, person, ref="JJ9")
        write(session, gateways.vault, person)
    told = look(NOW + 10 * MINUTE)
    assert [told["waiting", one] for one in ("cases", "callbacks", "messages")] == [1, 2, 1]
    for queue in ("cases", "callbacks", "messages"):
        assert told["oldest_seconds", queue] == 600
        assert told["first_due_seconds", queue] > 0
    assert look(NOW + timedelta(days=60))["first_due_seconds", "cases"] < 0


def test_messages_by_what_became_of_them(look, database):
    def message(n, state, before):
        return OutboxItem(
            purpose="reminder",
            payload_enc=None,
            key_version=1,
            state=state,
            created_at=NOW,
            not_before_at=NOW - before,
            idempotency_key=f"k{n}",
        )

    with database.sessions() as session:
        states = ("waiting", "sent", "sent", "failed", "dropped")
        session.add_all(message(n, state, n * MINUTE) for n, state in enumerate(states))
        session.add(message(9, "sent", timedelta(hours=2)))
        session.add(message(10, "waiting", -MINUTE))
        session.commit()
    told = look()
    assert (told["waiting", "sms"], told["oldest_seconds", "sms"]) == (1, 0)
    assert {label: n for (name, label), n in told.items() if name == "sms_last_hour"} == {
        "waiting": 1,
        "sent": 2,
        "failed": 1,
        "expired": 0,
        "withheld": 0,
        "dropped": 1,
    }


def test_tasks_by_when_they_last_ended_and_whether_they_break(look, database, gateways):
    with database.sessions() as session:
        note_run(session, acting(gateways=gateways), name="lapsing", fault="OSError", left=3)
    told = look(NOW + MINUTE)
    assert told["job_last_run_seconds", "lapsing"] == 60
    assert (told["job_broken_seconds", "lapsing"], told["job_left", "lapsing"]) == (60, 3)
    assert told["job_silent", "outbox"] == 1
    assert ("job_silent", "lapsing") not in told


def test_exports_and_pieces_that_wait(look, database, gateways):
    with database.sessions() as session:
        values = {"purpose": "x", "filter": {}, "rows": 0, "sha256": "0" * 64}
        session.add_all(
            Export(public_id=f"{n}" * 20, state=state, at=NOW - n * MINUTE, **values)
            for n, state in ((2, "waiting"), (3, "running"), (4, "done"), (5, "failed"))
        )
        gateways.work.enqueue(session.connection(), Order("exports", {"export": "e1"}))
        session.commit()
    told = look()
    assert (told["waiting", "exports"], told["oldest_seconds", "exports"]) == (2, 180)
    assert told["waiting", "work"] == 1
