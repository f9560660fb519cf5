"""A clock that was days ahead for a while: nobody is locked out by what it wrote, nothing it opened
stays open.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.models import Hold, OutboxItem, SessionRow, SignInCode
from app.services.agreements.checking import TRIES_AN_HOUR, check_total
from app.services.core.policy import active_policy
from app.services.holds.breathing import breathing_offer
from app.services.outbox import queue as outbox_queue
from app.services.signin import sessions
from app.services.signin.sessions import CurrentUser, LapsedSession
from app.services.upkeep.retention import clear_out
from tests.factories import make_agreement, make_hold, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked
from tests.support.people import make_staff
from tests.support.threads import write

SPANS = pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=400)])


@SPANS
def test_messages_of_that_time_leave_room_for_more(session, vault, borrower, ahead):
    for n in range(active_policy(session)[1].limits.messages_per_hour):
        write(session, vault, borrower, words=f"第 {n} 条", now=NOW + ahead)
    assert write(session, vault, borrower, words="现在")


@SPANS
def test_exports_of_that_time_leave_room_for_more(session, ahead):
    finance = make_staff(session, "finance").id
    for n in range(active_policy(session)[1].limits.exports_per_hour):
        asked(session, finance, key=f"k{n}", now=NOW + ahead)
    assert asked(session, finance, key="now")


@SPANS
def test_a_paper_can_be_checked(session, vault, loan, ahead):
    made = make_agreement(session, make_plan(session, loan, state="signed"))
    for now in [NOW + ahead] * TRIES_AN_HOUR + [NOW]:
        check_total(
            session,
            acting(now=now, vault=vault),
            check_code=made.check_code,
            total_fen=1,
            requester="192.0.2.7",
        )


@SPANS
def test_a_session_of_that_time_is_over_and_a_new_one_opens(session, vault, borrower, ahead):
    def opened(now):
        token = sessions.start_session(session, acting(now=now), borrower_id=borrower.id)
        session.commit()
        return token

    def read(token):
        return sessions.read_session(session, acting(vault=vault), token=token)

    assert isinstance(read(opened(NOW + ahead)), LapsedSession)
    assert isinstance(read(opened(NOW)), CurrentUser)
    # one begun in time and noted as in use by the clock that was ahead
    token = opened(NOW - timedelta(minutes=5))
    session.execute(update(SessionRow).values(last_seen_at=NOW + ahead))
    session.commit()
    assert isinstance(read(token), LapsedSession)
    # hosts may disagree by seconds
    session.execute(update(SessionRow).values(last_seen_at=NOW + timedelta(seconds=5)))
    session.commit()
    assert isinstance(read(token), CurrentUser)


@SPANS
def test_a_code_of_that_time_keeps_no_hash(session, borrower, ahead):
    session.add(
        SignInCode(
            purpose="sign_in",
            mobile_hmac="m",
            requester_hmac="r",
            browser_hash="b",
            code_hash="h" * 64,
            asked_at=NOW + ahead,
            expires_at=NOW + ahead + timedelta(minutes=5),
        )
    )
    session.commit()
    clear_out(session, acting(), limit=10)
    assert session.scalars(select(SignInCode.code_hash)).all() == [""]


@SPANS
def test_a_breathing_space_of_that_time_is_counted_from_today_at_the_latest(
    session, borrower, ahead
):
    make_loan(session, borrower)
    make_hold(session, borrower, cause="breathing", from_at=NOW + ahead, until_at=NOW + ahead * 9)
    assert breathing_offer(session, acting(), borrower_id=borrower.id).standing == "running"
    # once it has ended, the year counts from today
    session.execute(update(Hold).values(until_at=NOW))
    session.commit()
    found = breathing_offer(session, acting(), borrower_id=borrower.id)
    assert (found.standing, found.again_on.year) == ("used", NOW.year + 1)


@SPANS
def test_a_message_leased_at_that_time_goes_out(database, gateways, vault, ahead):
    with database.sessions() as session:
        outbox_queue.enqueue_sms(
            session,
            acting(vault=vault),
            purpose="code",
            to="19003740000",
            text="x",
            borrower_id=None,
            key="k",
        )
        session.execute(
            update(OutboxItem).values(lease_until_at=NOW + ahead + timedelta(minutes=2))
        )
        session.commit()
    sent = outbox_queue.send_due(database.sessions, acting(gateways=gateways), 10)
    assert sent.sent == 1
