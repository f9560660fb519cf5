"""How many messages arrived, by what was told of them."""

from datetime import timedelta

from app.models import OutboxItem, SmsReceipt
from app.services.outbox.receipt_queries import messages_by_receipt
from tests.support.acting import acting
from tests.support.clock import NOW

DAY = timedelta(days=1)


def put(session, number, *, at=NOW, told=None, state="sent"):
    session.add(
        OutboxItem(
            purpose="service",
            key_version=1,
            state=state,
            created_at=at,
            not_before_at=at,
            provider="p",
            provider_id=f"n{number}",
            idempotency_key=f"k{number}",
        )
    )
    if told is not None:
        session.add(
            SmsReceipt(
                provider="p",
                provider_id=f"n{number}",
                is_delivered=told,
                why="",
                code="",
                received_at=NOW,
            )
        )


def test_messages_are_counted_by_what_was_told_of_them(session):
    for number, told in enumerate((True, True, False, None)):
        put(session, number, told=told)
    put(session, 10, at=NOW - 2 * DAY, told=False)
    put(session, 11, state="failed")
    session.commit()
    found = messages_by_receipt(session, acting(), within=DAY)
    assert found == {"delivered": 2, "undelivered": 1, "awaited": 1}


def test_where_nothing_was_sent_all_are_none(session):
    found = messages_by_receipt(session, acting(), within=DAY)
    assert found == {"delivered": 0, "undelivered": 0, "awaited": 0}
