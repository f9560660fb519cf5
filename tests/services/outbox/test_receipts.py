"""Receipts: kept once for messages of ours, seen on the record of contacts, counted where they name
none.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.models import Contact, OutboxItem, RefusedTry, SmsReceipt
from app.ports.sms import HandedOver, Receipt, SmsGateway
from app.services.contact.records import RECEIPT_AWAITED, contacts_of
from app.services.outbox import queue as outbox_queue
from app.services.outbox.receipts import EARLY, forget_unknown, take_receipts
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.races import run_together

LATER = NOW + timedelta(seconds=9)


class Provider(SmsGateway):
    """Takes every message under a number of its own; may have another one take each second."""

    def __init__(self, other=""):
        self.count, self.other = 0, other

    def send(self, _sms):
        self.count += 1
        return HandedOver(
            "first" if self.count % 2 or not self.other else self.other, f"n{self.count}"
        )


@pytest.fixture
def session(database):
    """What is committed here is there for who sends."""
    with database.sessions() as own:
        yield own


@pytest.fixture
def borrower(session, vault):
    found = make_borrower(session, vault)
    session.commit()
    return found


def send(database, session, vault, borrower, *, count=1, gateway=None, purpose="service"):
    context = acting(vault=vault)
    context = replace(context, gateways=replace(context.gateways, sms=gateway or Provider()))
    for n in range(count):
        outbox_queue.enqueue_sms(
            session,
            context,
            purpose=purpose,
            to="19003740000",
            text="【澄明消金】有答复了",
            borrower_id=borrower.id,
            key=f"{purpose}{n}",
        )
    session.commit()
    assert outbox_queue.send_due(database.sessions, context, 100).sent == count


def take(session, *receipts, provider="first", now=LATER):
    return take_receipts(session, acting(now=now), provider=provider, receipts=receipts)


def results(session, borrower, now=LATER):
    session.rollback()
    rows = contacts_of(session, borrower_id=borrower.id, now=now).rows
    return [(one.result, one.why) for one in rows]


def test_a_message_remembers_who_took_it_and_as_what(database, session, vault, borrower):
    send(database, session, vault, borrower, count=2, gateway=Provider(other="second"))
    for kind in (OutboxItem, Contact):
        rows = session.execute(select(kind.provider, kind.provider_id).order_by(kind.id)).all()
        assert rows == [("first", "n1"), ("second", "n2")]


@pytest.mark.parametrize(
    ("receipt", "shown"),
    [
        (Receipt("n1", True, "", "DELIVRD"), ("delivered", "")),
        (Receipt("n1", False, "unreachable", "UNDELIV"), ("undelivered", "unreachable")),
        (Receipt("n1", False, "other"), ("undelivered", "other")),
    ],
)
def test_what_became_of_a_message_stands_on_the_record(
    database, session, vault, borrower, receipt, shown
):
    send(database, session, vault, borrower)
    assert results(session, borrower) == [("sent", "")]
    assert take(session, receipt).kept == 1
    assert results(session, borrower) == [shown]
    # nothing comes after that changes it, also not the time
    assert results(session, borrower, NOW + 2 * RECEIPT_AWAITED) == [shown]


def test_without_a_receipt_it_says_so_after_its_time(database, session, vault, borrower):
    send(database, session, vault, borrower)
    last = NOW + RECEIPT_AWAITED
    assert results(session, borrower, last - timedelta(seconds=1)) == [("sent", "")]
    assert results(session, borrower, last) == [("no_receipt", "")]


@pytest.mark.parametrize("number", ["", "n" * 65])
def test_a_message_whose_provider_gave_no_id_to_keep_is_sent_and_waits_for_no_receipt(
    database, session, vault, borrower, number
):
    class Silent(SmsGateway):
        def send(self, _sms):
            return HandedOver("first", number)

    send(database, session, vault, borrower, gateway=Silent())
    assert results(session, borrower, NOW + RECEIPT_AWAITED) == [("sent", "")]
    assert take(session, Receipt("", True)).unknown == 1


def test_the_same_receipt_again_changes_nothing_and_the_first_stays(
    database, session, vault, borrower
):
    send(database, session, vault, borrower)
    good, bad = Receipt("n1", True), Receipt("n1", False, "other")
    assert (take(session, good, bad).kept, take(session, bad).kept) == (1, 0)
    assert results(session, borrower) == [("delivered", "")]


def test_an_unknown_id_is_counted_and_not_kept(database, session, vault, borrower):
    send(database, session, vault, borrower)
    told = take(session, Receipt("elsewhere", True), Receipt("n1", True), Receipt("x", False))
    assert (told.kept, told.unknown) == (1, 2)
    assert session.scalars(select(SmsReceipt.provider_id)).all() == ["n1"]
    assert session.scalars(select(RefusedTry.count)).all() == [2]


def test_the_id_of_another_provider_is_unknown(database, session, vault, borrower):
    send(database, session, vault, borrower)
    assert take(session, Receipt("n1", True), provider="second").unknown == 1
    assert results(session, borrower) == [("sent", "")]


def test_a_receipt_that_is_faster_than_our_own_note_is_not_lost(database, session, vault, borrower):
    """The provider may call while the call that handed the message over still returns."""
    early = []

    class Fast(Provider):
        def send(self, sms):
            taken = super().send(sms)
            with database.sessions() as other:
                early.append(take(other, Receipt(taken.id, True), now=NOW).kept)
            return taken

    send(database, session, vault, borrower, gateway=Fast())
    assert early == [1]
    assert results(session, borrower) == [("delivered", "")]


def test_what_came_early_and_was_none_of_ours_is_forgotten_after_a_day(
    database, session, vault, borrower
):
    send(database, session, vault, borrower)
    take(session, Receipt("n1", True))
    session.add(
        SmsReceipt(
            provider="first",
            provider_id="none",
            is_delivered=True,
            why="",
            code="",
            received_at=LATER,
        )
    )
    session.commit()
    assert forget_unknown(session, acting(now=LATER + EARLY - DAY_PART), limit=9) == 0
    assert forget_unknown(session, acting(now=LATER + EARLY), limit=9) == 1
    assert forget_unknown(session, acting(now=LATER + EARLY), limit=9) == 0
    assert session.scalars(select(SmsReceipt.provider_id)).all() == ["n1"]


DAY_PART = timedelta(minutes=1)


def test_no_receipt_is_ever_changed(database, session, vault, borrower):
    send(database, session, vault, borrower)
    take(session, Receipt("n1", False, "other"))
    with pytest.raises(DBAPIError, match="receipts stay"):
        session.execute(text("UPDATE sms_receipts SET is_delivered = true"))


def test_many_receipts_go_in_parts(database, session, vault, borrower):
    send(database, session, vault, borrower)
    many = [Receipt(f"x{n}", True) for n in range(1200)]
    told = take(session, *many, Receipt("n1", True))
    assert (told.kept, told.unknown) == (1, 1200)


@pytest.mark.race
def test_one_receipt_pushed_by_many_at_once_is_kept_once(database, session, vault, borrower):
    send(database, session, vault, borrower)

    def push(_n):
        with database.sessions() as own:
            return take(own, Receipt("n1", True)).kept

    assert sum(run_together(push, threads=8)) == 1


def test_a_leased_message_of_yesterday_keeps_no_door_open(database, session, vault, borrower):
    """A worker was killed: what it held is in nobody's hands once the lease has ended."""
    send(database, session, vault, borrower)
    session.execute(update(OutboxItem).values(state="waiting", lease_until_at=NOW))
    session.commit()
    assert take(session, Receipt("elsewhere", True)).unknown == 1
