"""What is past its time goes: codes, failures, sessions, messages; the rest stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, FailedTry, OutboxItem, SessionRow, SignInCode
from app.services.outbox import queue as outbox_queue
from app.services.signin import sessions
from app.services.upkeep import retention
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW


def code(session, asked_at):
    row = SignInCode(
        purpose="sign_in",
        mobile_hmac="m",
        requester_hmac="r",
        browser_hash="b",
        code_hash="h" * 64,
        asked_at=asked_at,
        expires_at=asked_at + timedelta(minutes=5),
    )
    session.add(row)
    session.commit()
    return row


@pytest.mark.parametrize(("minutes", "kept"), [(9, "h" * 64), (10, "")])
def test_the_hash_of_a_code_is_wiped_after_ten_minutes(session, minutes, kept):
    row = code(session, NOW - timedelta(minutes=minutes))
    retention.clear_out(session, acting(), limit=10)
    session.refresh(row)
    assert row.code_hash == kept


def test_old_rows_go_young_ones_stay_and_the_number_is_on_record(session, vault):
    borrower = make_borrower(session, vault)
    old, young = NOW - timedelta(days=91), NOW - timedelta(minutes=1)
    for at in (old, young):
        code(session, at)
        session.add(FailedTry(subject_hmac="s", requester_hmac="r", at=at))
        sessions.start_session(session, acting(now=at), borrower_id=borrower.id)
        item = outbox_queue.enqueue_sms(
            session,
            acting(now=at, vault=vault),
            purpose="code",
            to="1",
            text="t",
            borrower_id=None,
            key=f"{at}",
        )
        session.get_one(OutboxItem, item).state = "sent"
    outbox_queue.enqueue_sms(
        session,
        acting(now=old, vault=vault),
        purpose="code",
        to="1",
        text="t",
        borrower_id=None,
        key="waits",
    )
    session.commit()
    assert retention.clear_out(session, acting(), limit=10) == 4
    assert retention.clear_out(session, acting(), limit=10) == 0
    left = {
        table: session.scalar(select(func.count()).select_from(table))
        for table in (SignInCode, FailedTry)
    }
    assert set(left.values()) == {1}
    assert session.scalar(select(func.count()).select_from(SessionRow)) == 1
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == 2
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "retention.cleared")
    ).one()
    assert entry.after == {
        "sign_in_codes": 1,
        "failed_tries": 1,
        "sessions": 1,
        "staff_sign_ins": 0,
        "staff_devices": 0,
        "outbox": 1,
    }


def test_a_run_keeps_to_its_limit(session):
    for _ in range(3):
        code(session, NOW - timedelta(days=2))
    assert retention.clear_out(session, acting(), limit=2) == 2
    assert retention.clear_out(session, acting(), limit=2) == 1
