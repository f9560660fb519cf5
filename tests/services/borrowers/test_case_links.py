"""The way from a borrower's page at the desk to every case and thread."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.states import VERSION_MOVES
from app.models import Thread
from app.services.borrowers import lookup as borrower_lookup
from app.services.borrowers.case_links import MOST_SHOWN, callbacks_of, cases_of, matters_of
from app.services.core.context import Actor
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.callbacks import ask_callback
from tests.support.clock import NOW
from tests.support.several import proposed_over, three_loans
from tests.support.threads import write

# before it is submitted, or where no use case leads
NEVER_SHOWN = {"draft", "lapsed", "countered", "superseded"}
AGENT = Actor(who="staff:abc", from_where="127.0.0.1")


def test_the_desk_is_led_to_every_case_and_thread_of_a_borrower(session, vault, borrower):
    loan = make_loan(session, borrower)
    versions = [make_plan(session, loan, state=state) for state in ("withdrawn", "refused")]
    thread = write(session, vault, borrower)
    desk = borrower_lookup.open_borrower(
        session, acting(actor=AGENT, vault=vault), public_id=borrower.public_id
    )
    assert [(one.public_id, one.state) for one in desk.cases] == [
        (versions[1].public_id, "refused"),
        (versions[0].public_id, "withdrawn"),
    ]
    assert [(one.public_id, one.state) for one in desk.threads] == [(thread, "open")]


def test_the_newest_come_first_and_each_names_its_loan(session, vault, borrower):
    first, second = make_loan(session, borrower), make_loan(session, borrower)
    make_plan(session, first, submitted_at=NOW - timedelta(days=1))
    newest = make_plan(session, second, submitted_at=NOW)
    make_plan(session, make_loan(session, borrower), state="draft", submitted_at=None)
    make_plan(session, make_loan(session, make_borrower(session, vault, mobile="19003740001")))
    found = cases_of(session, acting(), borrower_id=borrower.id)
    assert [one.about for one in found] == [f"装修分期 {one.ref[-4:]}" for one in (second, first)]
    assert (found[0].public_id, found[0].at) == (newest.public_id, NOW)


@pytest.mark.parametrize("state", sorted(VERSION_MOVES.keys() - NEVER_SHOWN))
def test_every_state_of_a_case_is_told_in_words(session, borrower, state):
    make_plan(session, make_loan(session, borrower), state=state)
    (one,) = cases_of(session, acting(), borrower_id=borrower.id)
    assert one.state == state


def test_no_more_than_the_last_twenty_are_shown(session, borrower):
    loan = make_loan(session, borrower)
    for number in range(MOST_SHOWN + 1):
        make_plan(session, loan, state="refused", submitted_at=NOW + timedelta(days=number))
    found = cases_of(session, acting(), borrower_id=borrower.id)
    assert (len(found), found[-1].at) == (MOST_SHOWN, NOW + timedelta(days=1))


def test_an_offer_past_its_last_day_is_over_also_before_the_job_has_come(session, borrower):
    """It was told as 等本人签字 until the job came by."""
    loan = make_loan(session, borrower)
    make_plan(session, loan, state="approved", valid_until_at=NOW - timedelta(days=1))
    assert [one.state for one in cases_of(session, acting(), borrower_id=borrower.id)] == [
        "expired"
    ]


def test_what_waits_for_us_comes_most_urgent_first_and_nothing_else(session, vault, borrower):
    question = write(session, vault, borrower, now=NOW + timedelta(days=3))
    complaint = write(session, vault, borrower, about="charges")
    answered = write(session, vault, borrower, words="第二件")
    session.execute(update(Thread).where(Thread.public_id == answered).values(state="answered"))
    write(session, vault, make_borrower(session, vault, mobile="19003740001"))
    call = ask_callback(session, vault, borrower_id=borrower.id)
    ask_callback(session, vault)
    found = matters_of(session, borrower_id=borrower.id, plan_id=0).waiting
    assert [one.kind for one in found] == ["callback", "question", "complaint"]
    assert [one.public_id for one in found] == [call, question, complaint]
    assert [one.by_at for one in found] == sorted(one.by_at for one in found)


def test_calls_asked_for_while_signed_in_stand_on_the_page_the_newest_first(
    session, vault, borrower
):
    other = make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    ask_callback(session, vault, borrower_id=other.id)
    ask_callback(session, vault)
    asked = [
        ask_callback(session, vault, borrower_id=borrower.id, now=NOW + timedelta(minutes=minutes))
        for minutes in (0, 1)
    ]
    found = callbacks_of(session, borrower_id=borrower.id)
    assert [(one.public_id, one.state) for one in found] == [(one, "open") for one in asked[::-1]]
    assert found[0].number.startswith("HD-")


def test_a_plan_over_several_loans_is_one_case_that_names_them_all(session, vault, site):
    borrower, loans = three_loans(session, vault)
    proposed_over(session, vault, site, borrower, loans)
    (one,) = cases_of(session, acting(), borrower_id=borrower.id)
    named = [f"{loan.product} {loan.ref[-4:]}" for loan in reversed(loans)]
    assert one.about == "、".join(named)
