"""How much waits at the desk: only what someone there has to do."""

import pytest
from sqlalchemy import event, update

from app.models import CallbackRequest, Thread
from app.services.queue.counts import desk_counts
from tests.factories import make_loan, make_plan
from tests.support.callbacks import ask_callback
from tests.support.payments import make_payment
from tests.support.threads import write


def test_an_empty_desk_has_nothing_waiting(session):
    assert desk_counts(session) == {
        "plans": 0,
        "callbacks": 0,
        "messages": 0,
        "policies": 0,
        "matters": 0,
        "releases": 0,
        "money": 0,
    }


@pytest.mark.parametrize(
    ("state", "fault", "waits"),
    [
        ("submitted", None, True),
        ("under_appeal", None, True),
        ("approved", "𱁬", True),  # its document cannot be made
        ("approved", None, False),
        ("refused", None, False),
        ("signed", "𱁬", False),
    ],
)
def test_a_proposal_waits_for_an_answer_or_with_its_document(session, loan, state, fault, waits):
    make_plan(session, loan, state=state, case={"document_fault": fault})
    assert desk_counts(session)["plans"] == int(waits)


def test_what_waits_for_the_borrower_is_not_counted(session, loan):
    make_plan(session, loan, case={"waits_for": "borrower"})
    assert desk_counts(session)["plans"] == 0


def test_what_was_answered_waits_no_more_and_each_is_counted_apart(session, vault, borrower):
    for _ in range(3):
        ask_callback(session, vault)
    for number in range(2):
        write(session, vault, borrower, words=f"{number}")
    make_plan(session, make_loan(session, borrower))
    assert desk_counts(session) == {
        "plans": 1,
        "callbacks": 3,
        "messages": 2,
        "policies": 0,
        "matters": 0,
        "releases": 0,
        "money": 0,
    }
    session.execute(update(CallbackRequest).values(state="answered"))
    session.execute(update(Thread).values(state="closed"))
    assert desk_counts(session) == {
        "plans": 1,
        "callbacks": 0,
        "messages": 0,
        "policies": 0,
        "matters": 0,
        "releases": 0,
        "money": 0,
    }


def test_money_that_nobody_has_claimed_waits(session, vault):
    for state in ("unmatched", "unmatched", "matched", "returned"):
        make_payment(session, vault, state=state)
    assert desk_counts(session)["money"] == 2


def test_it_takes_one_query(session):
    seen = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *_: seen.append(1))
    desk_counts(session)
    assert len(seen) == 1
