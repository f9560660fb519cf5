"""What is shown before an answer is sent is what the borrower gets, word by word; nothing of it
stays before.
"""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, Case, Decision, Hold, OutboxItem, Plan, PlanLoan, PlanVersion
from app.services.cases.deciding import decide_version, rehearse_answer
from app.services.cases.steps import AlreadyDecided, PreviewChanged, Reply
from app.services.core.context import StaffMember
from app.services.plans.status_queries import plan_status
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import answered, decide, make_staff, submit

REPLIES = {
    "approve": Reply("approve", "within_means", "按您说的来。", "k1"),
    "refuse": Reply("refuse", "amount_too_low", "这个数要还很久，\n想和您一起再看看。", "k2"),
}
BOTH = pytest.mark.parametrize("reply", REPLIES.values(), ids=list(REPLIES))


@dataclass(frozen=True)
class Answering:
    version: str
    decider: StaffMember
    vault: object
    site: object

    def at(self, now):
        return acting(now=now, vault=self.vault, site=self.site, staff=self.decider)


@pytest.fixture
def proposed(session, vault):
    return answered(session, vault, disputed=True)


@pytest.fixture
def case(session, vault, site, proposed):
    """The version and who answers it, when."""
    version = submit(session, vault, site, proposed)
    return Answering(version, make_staff(session), vault, site)


def sent_to_borrower(session, vault) -> str:
    one = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc()).limit(1)).one()
    payload = vault.unseal(
        one.payload_enc, table="outbox", row=one.idempotency_key, column="payload"
    )
    return json.loads(payload)["text"]


def send(session, case, reply, *, now=NOW):
    decide_version(session, case.at(now), version_public_id=case.version, reply=reply)


@BOTH
@pytest.mark.parametrize("days", [0, 11])
def test_what_was_shown_is_what_is_sent_and_read(session, vault, case, proposed, reply, days):
    now = NOW + timedelta(days=days)
    shown = rehearse_answer(session, case.at(now), version_public_id=case.version, reply=reply)
    send(session, case, replace(reply, shown_sha256=shown.sha256), now=now)
    assert sent_to_borrower(session, vault) == shown.sms
    page = plan_status(
        session,
        acting(now=now),
        borrower_id=proposed.borrower.id,
        version_public_id=case.version,
    )
    assert page == shown.page


@BOTH
def test_a_rehearsal_leaves_nothing_behind(session, case, reply):
    def everything():
        counts = [
            session.scalar(select(func.count()).select_from(one))
            for one in (Decision, OutboxItem, AuditEntry)
        ]
        states = session.execute(
            select(PlanVersion.state, PlanVersion.valid_until_at, *Case.__table__.columns).join(
                Case, Case.plan_id == PlanVersion.plan_id
            )
        ).all()
        others = [
            session.scalars(select(one)).all()
            for one in (Plan.state, PlanLoan.is_open, Hold.until_at)
        ]
        return counts, states, others

    before = everything()
    rehearse_answer(session, case.at(NOW), version_public_id=case.version, reply=reply)
    assert everything() == before


@pytest.mark.parametrize(
    "reply",
    [
        REPLIES["approve"],  # never shown at all
        replace(REPLIES["approve"], words="别的话"),
        replace(REPLIES["approve"], reason_code="hardship_shown"),
        REPLIES["refuse"],
    ],
)
def test_nothing_is_sent_that_was_not_shown(session, case, reply):
    shown = rehearse_answer(
        session, case.at(NOW), version_public_id=case.version, reply=REPLIES["approve"]
    )
    if reply != REPLIES["approve"]:
        reply = replace(reply, shown_sha256=shown.sha256)
    with pytest.raises(PreviewChanged):
        send(session, case, reply)
    assert session.scalar(select(func.count()).select_from(Decision)) == 0


def test_a_day_later_it_is_shown_anew(session, case):
    shown = rehearse_answer(
        session, case.at(NOW), version_public_id=case.version, reply=REPLIES["approve"]
    )
    with pytest.raises(PreviewChanged):
        send(
            session,
            case,
            replace(REPLIES["approve"], shown_sha256=shown.sha256),
            now=NOW + timedelta(days=1),
        )
    later = NOW + timedelta(minutes=5)
    send(session, case, replace(REPLIES["approve"], shown_sha256=shown.sha256), now=later)


def test_an_answered_case_cannot_be_rehearsed(session, vault, site, case):
    decide(session, vault, site, case.version, case.decider)
    with pytest.raises(AlreadyDecided):
        rehearse_answer(
            session, case.at(NOW), version_public_id=case.version, reply=REPLIES["refuse"]
        )
