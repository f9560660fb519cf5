"""Who may handle a complaint, and what may be done in a thread."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Staff, Thread
from app.services.threads.rules import ComplainedOf, SecondLevel, may_close, may_restart
from tests.factories import make_loan, make_plan
from tests.support.clock import BEIJING, NOW
from tests.support.proposals import decide, submitted
from tests.support.proposals import make_staff as make_decider
from tests.support.threads import handler, review, write

DAY = timedelta(days=1)


def stored(session, public_id) -> Thread:
    session.rollback()
    return session.scalars(select(Thread).where(Thread.public_id == public_id)).one()


def test_who_stood_aside_never_handles_the_complaint_also_by_a_second_account(
    session, vault, borrower, mei, lin, desk
):
    thread = write(session, vault, borrower, about="staff")
    second = handler(session, username="mei2", person_id=mei.person_id)
    desk.take(thread, mei)
    desk.release(thread, mei, aside=True)
    for one in (mei, second):
        with pytest.raises(ComplainedOf):
            desk.take(thread, one)
        with pytest.raises(ComplainedOf):
            desk.answer(thread, one)
    assert desk.page(thread, mei).refusal == ComplainedOf.message
    assert desk.page(thread, lin).refusal == ""
    desk.answer(thread, lin)


def test_who_decided_the_proposal_does_not_handle_the_complaint_about_it(
    session, vault, site, borrower, lin, desk
):
    version = submitted(session, vault, site, borrower=borrower)
    decider = make_decider(session, person_id="person-decider")
    decide(session, vault, site, version, decider, answer="refuse")
    thread = write(session, vault, borrower, about="staff", version=version)
    with pytest.raises(ComplainedOf):
        desk.answer(thread, handler(session, username="decider2", person_id="person-decider"))
    desk.answer(thread, lin)


def test_who_entered_or_owns_the_proposal_does_not_handle_the_complaint_about_it(
    session, vault, borrower, mei, lin, desk
):
    author = handler(session, username="author", person_id="person-author")
    owner = session.scalars(select(Staff.id).where(Staff.public_id == mei.public_id)).one()
    values = {"author_kind": "staff", "author_person": author.person_id}
    case = {"owner_staff_id": owner, "owned_at": NOW}
    version = make_plan(session, make_loan(session, borrower), case=case, **values)
    thread = write(session, vault, borrower, about="staff", version=version.public_id)
    for one in (author, mei):
        with pytest.raises(ComplainedOf):
            desk.take(thread, one)
        assert desk.page(thread, one).refusal == ComplainedOf.message
    desk.answer(thread, lin)


def test_a_review_goes_to_a_supervisor_who_has_not_answered(
    session, vault, borrower, mei, lin, boss, desk
):
    thread = write(session, vault, borrower, about="charges")
    desk.answer(thread, mei)
    review(session, vault, borrower, thread, now=NOW + DAY)
    row = stored(session, thread)
    assert (row.state, row.owner) == ("open", None)
    assert (
        row.answer_by_at.astimezone(BEIJING).date() == (NOW + 16 * DAY).astimezone(BEIJING).date()
    )
    for one in (mei, lin):
        with pytest.raises(SecondLevel):
            desk.take(thread, one)
    assert desk.page(thread, boss).is_second_level
    desk.answer(thread, boss, key="second", now=NOW + 2 * DAY)
    review(session, vault, borrower, thread, words="还是不同意", now=NOW + 3 * DAY)
    with pytest.raises(SecondLevel):
        desk.answer(thread, boss, key="third")


def test_a_supervisor_who_only_acknowledged_looks_at_it_again(
    session, vault, borrower, mei, boss, desk
):
    thread = write(session, vault, borrower, about="charges")
    desk.acknowledge(thread, boss)
    desk.release(thread, boss)
    desk.answer(thread, mei)
    review(session, vault, borrower, thread, now=NOW + DAY)
    desk.answer(thread, boss, key="second", now=NOW + 2 * DAY)
    assert stored(session, thread).state == "answered"


@pytest.mark.parametrize(
    ("kind", "state", "authors", "may"),
    [
        ("complaint", "open", ("borrower:x", "borrower:x"), True),
        ("complaint", "open", ("borrower:x", "staff:y", "borrower:x"), True),
        ("complaint", "open", ("borrower:x",), False),  # nothing was added
        ("complaint", "open", ("borrower:x", "staff:y"), False),
        ("complaint", "answered", ("borrower:x", "borrower:x"), False),
        ("question", "open", ("borrower:x", "borrower:x"), False),
    ],
)
def test_only_something_added_to_an_open_complaint_starts_its_clock_anew(kind, state, authors, may):
    assert may_restart(kind, state, authors) is may


@pytest.mark.parametrize(
    ("kind", "state", "answered_at", "may"),
    [
        ("question", "answered", NOW, True),
        ("complaint", "answered", NOW, True),
        ("question", "open", NOW, True),  # written to again after its answer
        ("complaint", "open", NOW, False),
        ("question", "open", None, False),
        ("question", "closed", NOW, False),
    ],
)
def test_the_desk_ends_nothing_that_waits_for_its_first_answer(kind, state, answered_at, may):
    assert may_close(kind, state, answered_at) is may
