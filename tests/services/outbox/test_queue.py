"""Messages: written with their cause, sent once, retried, dropped when late, kept as contacts,
silent at night.
"""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.calendar import BEIJING
from app.domain.errors import GatewayDown, SmsRefused
from app.models import Contact, OutboxItem
from app.ports.gateways import Gateways
from app.ports.sms import HandedOver, SmsGateway
from app.services.outbox import queue as outbox_queue
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.races import run_together

TEXT = "【澄明消金】验证码 123456，5 分钟内有效，用于登录安还。请勿转告他人。"


class Gateway(SmsGateway):
    """Keeps what it was given; raises what it was told to."""

    def __init__(self):
        self.sent, self.fault = [], None
        self.calls, self.told, self.before = [], None, lambda: None

    def send(self, sms):
        self.before()
        if self.fault:
            raise self.fault
        self.sent.append(sms)
        return HandedOver("fake", sms.key[:64])

    def send_all(self, messages):
        self.calls.append(messages)
        return tuple(self.told) if self.told else super().send_all(messages)


@pytest.fixture
def gateways(vault):
    return Gateways(
        sms=Gateway(),
        vault=vault,
        documents=None,
        signer=None,
        sheets={},
        storage=None,
        anchors=None,
        papers=None,
        agreements=None,
        pictures=None,
        work=None,
        processes=None,
        tables=None,
    )


@pytest.fixture
def write(database, vault):
    def write(*, key="k1", purpose="code", now=NOW, expires_at=None, text=TEXT, borrower_id=None):
        with database.sessions() as session:
            if borrower_id is None:
                borrower_id = make_borrower(session, vault).id
            found = outbox_queue.enqueue_sms(
                session,
                acting(now=now, vault=vault),
                purpose=purpose,
                to="19003740000",
                text=text,
                borrower_id=borrower_id,
                key=key,
                expires_at=expires_at,
            )
            session.commit()
            return found

    return write


def item(database, id_) -> OutboxItem:
    with database.sessions() as session:
        return session.get_one(OutboxItem, id_)


def contacts(database) -> list[Contact]:
    with database.sessions() as session:
        return list(session.scalars(select(Contact)))


def test_a_message_is_sent_once_wiped_and_kept_as_a_contact(database, gateways, write):
    id_ = write()
    assert b"19003740000" not in item(database, id_).payload_enc
    assert outbox_queue.send_now(database.sessions, acting(gateways=gateways), [id_]).sent == 1
    assert outbox_queue.send_now(database.sessions, acting(gateways=gateways), [id_]).sent == 0
    assert outbox_queue.send_due(database.sessions, acting(gateways=gateways), 10).sent == 0
    assert [(sms.to, sms.text) for sms in gateways.sms.sent] == [("19003740000", TEXT)]
    kept = item(database, id_)
    assert (kept.state, kept.payload_enc, kept.sent_at) == ("sent", None, NOW)
    (contact,) = contacts(database)
    assert (contact.purpose, contact.institution, contact.result, contact.words) == (
        "code",
        "澄明消金",
        "sent",
        "",
    )


def test_a_service_message_keeps_its_words_in_the_record(database, gateways, write):
    outbox_queue.send_now(
        database.sessions,
        acting(gateways=gateways),
        [write(purpose="service", text="【澄明消金】有答复了")],
    )
    assert [one.words for one in contacts(database)] == ["【澄明消金】有答复了"]


def test_the_same_key_is_one_message(database, write):
    assert write(key="same") == write(key="same")


@pytest.mark.parametrize(
    ("hour", "purpose", "day", "from_hour"),
    [
        (21, "service", 23, 21),
        (22, "service", 24, 8),
        (23, "service", 24, 8),
        (0, "service", 23, 8),
        (7, "service", 23, 8),
        (8, "service", 23, 8),
        (23, "code", 23, 23),
        (3, "reminder", 23, 8),
    ],
)
def test_nothing_but_a_code_goes_out_at_night(
    database, gateways, write, hour, purpose, day, from_hour
):
    at = datetime(2026, 11, 23, hour, 0, tzinfo=BEIJING)
    first = datetime(2026, 11, day, from_hour, 0, tzinfo=BEIJING)
    id_ = write(purpose=purpose, now=at)
    assert item(database, id_).not_before_at == first
    sent = outbox_queue.send_now(database.sessions, acting(now=at, gateways=gateways), [id_]).sent
    assert sent == (1 if first == at else 0)
    assert (
        outbox_queue.send_due(database.sessions, acting(now=first, gateways=gateways), 10).sent
        == 1 - sent
    )


def test_a_gateway_that_is_down_is_tried_again_later_and_given_up_at_last(
    database, gateways, write
):
    id_, at = write(), NOW
    gateways.sms.fault = GatewayDown()
    assert (
        outbox_queue.send_now(database.sessions, acting(now=at, gateways=gateways), [id_]).waiting
        == 1
    )
    assert (
        outbox_queue.send_due(database.sessions, acting(now=at, gateways=gateways), 10).waiting == 0
    )
    waits = 0
    while item(database, id_).state == "waiting":
        at, waits = item(database, id_).not_before_at, waits + 1
        outbox_queue.send_due(database.sessions, acting(now=at, gateways=gateways), 10)
    assert waits == outbox_queue.MAX_ATTEMPTS - 1
    kept = item(database, id_)
    assert (kept.state, kept.payload_enc, kept.last_error) == ("failed", None, "gateway_down")
    assert [one.result for one in contacts(database)] == ["failed"]


def test_a_gateway_that_comes_back_gets_the_message(database, gateways, write):
    id_ = write()
    gateways.sms.fault = GatewayDown()
    outbox_queue.send_now(database.sessions, acting(gateways=gateways), [id_])
    gateways.sms.fault = None
    assert (
        outbox_queue.send_due(
            database.sessions, acting(now=NOW + outbox_queue.FIRST_WAIT, gateways=gateways), 10
        ).sent
        == 1
    )


def test_a_refused_message_is_not_tried_again(database, gateways, write):
    id_ = write()
    gateways.sms.fault = SmsRefused()
    assert outbox_queue.send_now(database.sessions, acting(gateways=gateways), [id_]).failed == 1
    assert item(database, id_).state == "failed"


def test_a_code_past_its_time_is_never_sent(database, gateways, write):
    id_ = write(expires_at=NOW + timedelta(minutes=5))
    assert (
        outbox_queue.send_due(
            database.sessions, acting(now=NOW + timedelta(minutes=5), gateways=gateways), 10
        ).sent
        == 0
    )
    kept = item(database, id_)
    assert (kept.state, kept.payload_enc) == ("expired", None)
    assert not gateways.sms.sent


def test_after_a_kill_between_lease_and_hand_over_it_goes_out_when_the_lease_ends(
    database, gateways, write
):
    class Killed(BaseException):
        pass

    id_ = write()
    gateways.sms.fault = Killed()
    with pytest.raises(Killed):
        outbox_queue.send_now(database.sessions, acting(gateways=gateways), [id_])
    gateways.sms.fault = None
    assert (
        outbox_queue.send_due(
            database.sessions, acting(now=NOW + timedelta(seconds=40), gateways=gateways), 10
        ).sent
        == 0
    )
    assert outbox_queue.LEASE <= timedelta(minutes=1)
    assert (
        outbox_queue.send_due(
            database.sessions, acting(now=NOW + outbox_queue.LEASE, gateways=gateways), 10
        ).sent
        == 1
    )


def test_more_than_a_batch_goes_out_and_a_limit_is_kept(database, gateways, write):
    borrower_id = item(database, write()).borrower_id
    for n in range(24):
        write(key=f"n{n}", borrower_id=borrower_id)
    assert outbox_queue.send_due(database.sessions, acting(gateways=gateways), 12).sent == 12
    assert outbox_queue.send_due(database.sessions, acting(gateways=gateways), 100).sent == 13


def test_several_are_handed_over_at_once(database, gateways, write):
    """A gateway that takes its time must not bound the morning."""
    borrower_id = item(database, write()).borrower_id
    for n in range(outbox_queue.HANDS - 1):
        write(key=f"n{n}", borrower_id=borrower_id, text=f"{TEXT}{n}")
    together = threading.Barrier(outbox_queue.HANDS, timeout=60)
    gateways.sms.before = together.wait  # breaks unless all of them wait at once
    sent = outbox_queue.send_due(database.sessions, acting(gateways=gateways), 100)
    assert sent.sent == outbox_queue.HANDS


def test_what_reads_the_same_goes_in_one_call(database, gateways, write):
    borrower_id = item(database, write()).borrower_id
    for n in range(4):
        write(key=f"n{n}", borrower_id=borrower_id, text=f"{TEXT}{n % 2}")
    gateways.sms.most_a_call = 2
    outbox_queue.send_due(database.sessions, acting(gateways=gateways), 100)
    assert sorted(map(len, gateways.sms.calls)) == [1, 2, 2]
    assert all(len({one.text for one in call}) == 1 for call in gateways.sms.calls)


def test_of_a_call_each_message_has_its_own_fate(database, gateways, write):
    first = write()
    borrower_id = item(database, first).borrower_id
    others = [write(key=f"n{n}", borrower_id=borrower_id) for n in range(2)]
    gateways.sms.most_a_call = 9
    gateways.sms.told = [HandedOver("fake", "1"), SmsRefused(), GatewayDown()]
    sent = outbox_queue.send_due(database.sessions, acting(gateways=gateways), 100)
    assert (sent.sent, sent.failed, sent.waiting) == (1, 1, 1)
    states = [item(database, one).state for one in (first, *others)]
    assert states == ["sent", "failed", "waiting"]
    assert sorted(one.result for one in contacts(database)) == ["failed", "sent"]


def test_a_code_does_not_wait_behind_a_morning_of_reminders(database, gateways, write):
    borrower_id = item(database, write(key="r0", purpose="reminder")).borrower_id
    for n in range(3):
        write(key=f"r{n + 1}", purpose="reminder", borrower_id=borrower_id, text="r")
    write(key="s", purpose="service", borrower_id=borrower_id, text="s")
    later = NOW + timedelta(seconds=5)
    write(key="c", purpose="code", borrower_id=borrower_id, text="c", now=later)
    for _ in range(2):
        outbox_queue.send_due(database.sessions, acting(now=later, gateways=gateways), 1)
    assert [one.text for one in gateways.sms.sent] == ["c", "s"]


def test_those_that_came_too_late_keep_no_other_back(database, gateways, write):
    borrower_id = item(database, write(expires_at=NOW)).borrower_id
    for n in range(outbox_queue.BATCH):
        write(key=f"n{n}", borrower_id=borrower_id, expires_at=NOW)
    write(key="good", borrower_id=borrower_id)
    sent = outbox_queue.send_due(database.sessions, acting(gateways=gateways), 100)
    assert sent.sent == 1


def test_time_goes_on_while_many_are_handed_over(database, gateways, write):
    borrower_id = item(database, write()).borrower_id
    for n in range(outbox_queue.BATCH):
        write(key=f"n{n}", borrower_id=borrower_id)
    times = iter([NOW, NOW + timedelta(seconds=30), NOW + timedelta(seconds=60)])
    outbox_queue.send_due(
        database.sessions, acting(gateways=gateways), 100, present=lambda: next(times)
    )
    with database.sessions() as session:
        sent = session.scalars(select(OutboxItem.sent_at).order_by(OutboxItem.id)).all()
    assert [sent[0], sent[-1]] == [NOW, NOW + timedelta(seconds=30)]


@pytest.mark.race
def test_many_hosts_send_each_message_once(database, gateways, write):
    borrower_id = item(database, write()).borrower_id
    for n in range(29):
        write(key=f"n{n}", borrower_id=borrower_id)
    results = run_together(
        lambda _n: outbox_queue.send_due(database.sessions, acting(gateways=gateways), 100),
        threads=8,
    )
    assert sum(one.sent for one in results) == 30
    assert len(gateways.sms.sent) == 30
    assert len(contacts(database)) == 30
