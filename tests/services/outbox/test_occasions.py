"""What is no longer true when the morning comes is not sent: each kind of message, with what may
overtake it, and without.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.domain.errors import GatewayDown
from app.models import Contact, Hold, Loan, Message, OutboxItem, Plan, PlanVersion, SignInCode
from app.ports.sms import HandedOver, SmsGateway
from app.services.assisted.spoken import PhoneAnswers
from app.services.cases.appeals import file_appeal
from app.services.holds.breathing import begin_breathing
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion, still_stands
from app.services.plans import lapsing
from app.services.proposals.submitting import withdraw_plan
from app.services.servicing import reminders
from app.services.signin.borrower_signin import ask_code
from app.services.threads.read_marks import mark_read
from tests.factories import make_agreement, make_loan
from tests.support.acting import acting
from tests.support.clock import BEIJING
from tests.support.money import arrived, matched
from tests.support.phone import enter
from tests.support.proposals import (
    actor_of,
    answered,
    decide,
    make_staff,
    submit,
    submitted,
)
from tests.support.signing import HERE, plain
from tests.support.threads import REPLY, Desk, handler, write

NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=BEIJING)
LATER_THAT_NIGHT = NIGHT + timedelta(minutes=10)
MORNING = datetime(2026, 11, 24, 8, 5, tzinfo=BEIJING)
SPOKEN = PhoneAnswers(upfront_fen=10_000, monthly_fen=60_000, pay_day=10, choice="best_fit")


class Phone(SmsGateway):
    """Keeps what arrives; raises what it was told to."""

    def __init__(self):
        self.texts, self.fault = [], None

    def send(self, sms):
        if self.fault:
            raise self.fault
        self.texts.append(sms.text)
        return HandedOver("fake", "1")


class Night:
    """What a borrower, the staff and the jobs do between the evening and the morning."""

    def __init__(self, session, gateways, site, borrower):
        self.session, self.site, self.borrower = session, site, borrower
        self.phone = Phone()
        self.gateways = replace(gateways, sms=self.phone)
        self.vault = gateways.vault

    def context(self, now, **who):
        return acting(now=now, vault=self.vault, site=self.site, gateways=self.gateways, **who)

    def mine(self, now):
        return self.context(now, actor=actor_of(self.borrower))

    def send(self, database, now=MORNING):
        self.session.rollback()
        return outbox_queue.send_due(database.sessions, self.context(now), 100)

    def version(self, public_id):
        query = select(PlanVersion).where(PlanVersion.public_id == public_id)
        return self.session.scalars(query).one()

    # what writes a message

    def approved(self, now=NIGHT):
        proposed = answered(self.session, self.vault, borrower=self.borrower, now=now)
        return submit(self.session, self.vault, self.site, proposed, now=now)

    def waiting(self, now=NIGHT):
        return submitted(self.session, self.vault, self.site, borrower=self.borrower, now=now)

    def refused(self):
        version = self.waiting(NIGHT - timedelta(hours=4))
        self.forget()
        self.decide(version, answer="refuse")
        return version

    def lapsing(self):
        version = self.approved(NIGHT - timedelta(days=6))
        self.forget()
        lapsing.tell_lapsing_offers(self.session, self.context(NIGHT), limit=10)
        return version

    def breathing(self):
        make_loan(self.session, self.borrower)
        begin_breathing(
            self.session, self.mine(NIGHT), borrower_id=self.borrower.id, request_key="b"
        )

    def entered(self):
        loan = make_loan(self.session, self.borrower, differences={"interest": 5})
        enter(self.session, self.context(NIGHT, staff=make_staff(self.session)), loan, SPOKEN)
        return loan

    def replied(self):
        thread = write(self.session, self.vault, self.borrower, now=NIGHT)
        desk = Desk(self.session, self.vault, self.site)
        desk.answer(thread, handler(self.session), words=REPLY, now=NIGHT)
        return thread

    def reminded(self):
        version = self.version(self.waiting(NIGHT - timedelta(hours=4)))
        make_agreement(self.session, version)
        self.forget()
        # after midnight, on the day an instalment falls due
        due = datetime(2026, 12, 10, 0, 10, tzinfo=BEIJING)
        assert reminders.remind(self.session, self.context(due), limit=10) == 1
        return version

    # what overtakes it

    def withdraw(self, version):
        withdraw_plan(
            self.session,
            self.mine(LATER_THAT_NIGHT),
            borrower_id=self.borrower.id,
            version_public_id=version,
        )

    def decide(self, version, now=NIGHT, **answer):
        decider = make_staff(self.session, roles=("supervisor",))
        decide(self.session, self.vault, self.site, version, decider, now=now, **answer)

    def sign(self, version):
        """As far as a message asks: signed is what the version is."""
        make_agreement(self.session, self.version(version))

    def submit_entered(self, loan):
        proposed = answered(
            self.session,
            self.vault,
            borrower=self.borrower,
            loan=loan,
            now=LATER_THAT_NIGHT,
        )
        submit(self.session, self.vault, self.site, proposed, now=LATER_THAT_NIGHT)

    def appeal(self, version):
        file_appeal(
            self.session,
            self.mine(LATER_THAT_NIGHT),
            borrower_id=self.borrower.id,
            version_public_id=version,
            words="请再看看",
            request_key="a",
        )

    def read(self, thread):
        newest = self.session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1))
        context = self.mine(LATER_THAT_NIGHT)
        mark_read(self.session, context, public_id=thread, up_to=newest, by_staff=False)

    def change(self, table, **values):
        self.session.execute(update(table).values(**values))
        self.session.commit()

    def pay(self, version):
        plan = self.session.get_one(Plan, version.plan_id)
        payment = arrived(self.session, fen=400_000, on=date(2026, 12, 9))
        matched(self.session, payment, plan=plan)
        self.session.commit()

    def quiet(self, _version):
        begin_breathing(
            self.session, self.mine(MORNING), borrower_id=self.borrower.id, request_key="q"
        )

    def forget(self):
        self.change(OutboxItem, state="sent", payload_enc=None)


WRITTEN = {
    "approved": "已同意",
    "waiting": "已收到",
    "refused": "有答复了",
    "lapsing": "为止有效",
    "breathing": "不会主动联系",
    "entered": "客服已帮您填好",
    "replied": "我们回复您了",
    "reminded": "今天一期",
}
OVERTAKEN = [
    ("approved", lambda night, it: night.sign(it)),
    ("approved", lambda night, it: night.withdraw(it)),
    ("approved", lambda night, _it: night.change(PlanVersion, state="superseded")),
    ("waiting", lambda night, it: night.withdraw(it)),
    ("waiting", lambda night, it: night.decide(it, now=LATER_THAT_NIGHT)),
    ("waiting", lambda night, _it: night.change(PlanVersion, state="superseded")),
    ("refused", lambda night, it: night.appeal(it)),
    ("lapsing", lambda night, it: night.sign(it)),
    ("lapsing", lambda night, it: night.withdraw(it)),
    ("breathing", lambda night, _it: night.change(Hold, until_at=LATER_THAT_NIGHT)),
    ("entered", lambda night, it: night.submit_entered(it)),
    ("replied", lambda night, it: night.read(it)),
    ("reminded", lambda night, _it: night.change(Plan, active_version_id=None)),
    ("reminded", lambda night, _it: night.change(Plan, state="broken")),
    ("reminded", lambda night, _it: night.change(Plan, state="completed")),
    ("reminded", lambda night, it: night.pay(it)),
    ("reminded", lambda night, _it: night.change(Loan, missing_since_on=MORNING.date())),
]


@pytest.fixture
def session(database):
    """What is committed here is there for who sends."""
    with database.sessions() as own:
        yield own


@pytest.fixture
def night(session, gateways, site, borrower):
    return Night(session, plain(gateways), site, borrower)


def when(kind):
    return datetime(2026, 12, 10, 8, 5, tzinfo=BEIJING) if kind == "reminded" else MORNING


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_is_still_true_in_the_morning_is_sent(database, night, kind):
    getattr(night, kind)()
    night.send(database, when(kind))
    assert [text for text in night.phone.texts if WRITTEN[kind] in text]


@pytest.mark.parametrize(("kind", "overtake"), OVERTAKEN)
def test_what_was_overtaken_in_the_night_is_not(database, night, kind, overtake):
    overtake(night, getattr(night, kind)())
    report = night.send(database, when(kind))
    assert report.dropped == 1
    assert not [text for text in night.phone.texts if WRITTEN[kind] in text]


def test_who_is_kept_quiet_since_gets_no_reminder(database, night):
    night.reminded()
    night.session.add(
        Hold(
            borrower_id=night.borrower.id,
            cause="breathing",
            from_at=datetime(2026, 12, 10, 7, 0, tzinfo=BEIJING),
            until_at=datetime(2027, 1, 9, 7, 0, tzinfo=BEIJING),
        )
    )
    night.session.commit()
    assert night.send(database, when("reminded")).dropped == 1
    assert night.phone.texts == []


def test_what_is_dropped_is_wiped_and_counts_as_no_contact(database, night):
    night.withdraw(night.approved())
    night.send(database)
    night.session.expire_all()
    row = night.session.scalars(select(OutboxItem)).one()
    assert (row.state, row.last_error) == ("dropped", "no_longer_true")
    assert (row.payload_enc, row.lease_until_at, row.sent_at) == (None, None, None)
    assert night.session.scalars(select(Contact)).all() == []
    assert night.send(database).dropped == 0


def test_a_gateway_that_was_down_for_a_while_does_not_send_what_was_overtaken(database, night):
    version = night.approved()
    night.phone.fault = GatewayDown()
    assert night.send(database).waiting == 1
    night.withdraw(version)
    night.phone.fault = None
    assert night.send(database, MORNING + timedelta(minutes=5)).dropped == 1
    assert night.phone.texts == []


def test_a_code_that_a_newer_one_voided_is_not_sent(database, night):
    night.phone.fault = GatewayDown()
    for minutes in (0, 2):
        at = MORNING + timedelta(minutes=minutes)
        ask_code(night.session, night.context(at), mobile="19003740000", visit=HERE)
    night.phone.fault = None
    report = night.send(database, MORNING + timedelta(minutes=2))
    assert (report.sent, report.dropped) == (1, 1)


@pytest.mark.parametrize(
    ("column", "stands"), [({}, True), ({"used_at": NIGHT}, False), ({"void_at": NIGHT}, False)]
)
def test_a_code_stands_while_it_may_be_typed(night, column, stands):
    asked = ask_code(night.session, night.context(NIGHT), mobile="19003740000", visit=HERE)
    if column:
        night.change(SignInCode, **column)
    about = Occasion("code", asked.public_id)
    assert still_stands(night.session, occasion=about, now=NIGHT) is stands


def test_a_message_of_the_release_before_names_no_occasion_and_is_sent(database, night):
    """Its payload was two fields; it waits in the table while the new release starts."""
    night.approved()
    row = night.session.scalars(select(OutboxItem)).one()
    place = {"table": "outbox", "row": row.idempotency_key, "column": "payload"}
    old = '{"to": "19003740000", "text": "【澄明消金】方案已同意"}'
    night.change(OutboxItem, payload_enc=night.vault.seal(old, **place))
    assert night.send(database).sent == 1
