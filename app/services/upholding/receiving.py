"""When a notice was received: its provider says so, or its borrower read it. From then on the days
to mend the plan are counted.
"""

from datetime import date

from sqlalchemy import and_, literal, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.models import OutboxItem, Plan, PlanNotice, SmsReceipt
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.upholding.following import follow

READ, DELIVERED = "read", "delivered"
MESSAGE = "notice:"


def take_delivered(session: Session, context: Context, *, limit: int) -> int:
    """Note of up to `limit` notices that their provider delivered them, and return how many. One
    that was not delivered and not read starts no clock: a person looks.

    Idempotent: a notice is received once.
    Source: rules part 1, how a signed plan is kept: missed.
    """
    query = (
        select(PlanNotice.id, SmsReceipt.received_at)
        .join(OutboxItem, OutboxItem.idempotency_key == literal(MESSAGE) + PlanNotice.public_id)
        .join(
            SmsReceipt,
            and_(
                SmsReceipt.provider == OutboxItem.provider,
                SmsReceipt.provider_id == OutboxItem.provider_id,
            ),
        )
        .where(
            PlanNotice.received_on.is_(None),
            PlanNotice.taken_back_at.is_(None),
            SmsReceipt.is_delivered,
        )
        .order_by(PlanNotice.id)
        .limit(limit)
    )
    found = session.execute(query).all()
    session.rollback()
    for notice_id, received_at in found:
        with transaction(session):
            _receive(session, context, notice_id, beijing_date(received_at), DELIVERED)
    return len(found)


def read_notice(session: Session, context: Context, *, borrower_id: int, plan_number: str) -> None:
    """Note that a borrower has read the notices of a plan of theirs; another's is left alone.

    Idempotent: a notice is received once.
    Source: rules part 1, how a signed plan is kept: missed.
    """
    query = (
        select(PlanNotice.id)
        .join(Plan, Plan.id == PlanNotice.plan_id)
        .where(
            Plan.number == plan_number,
            Plan.borrower_id == borrower_id,
            PlanNotice.received_on.is_(None),
            PlanNotice.taken_back_at.is_(None),
        )
    )
    found = session.scalars(query).all()
    if not found:
        return
    session.rollback()
    with transaction(session):
        for notice_id in found:
            _receive(session, context, notice_id, context.today, READ)


def _receive(
    session: Session, context: Context, notice_id: int, received_on: date, how: str
) -> None:
    # The plan first, as everywhere; whoever came before has noted it.
    plan_id = session.get_one(PlanNotice, notice_id).plan_id
    plan = session.get_one(Plan, plan_id, with_for_update=True)
    notice = session.get_one(PlanNotice, notice_id, populate_existing=True)
    if notice.received_on is not None or notice.taken_back_at is not None:
        return
    notice.received_on, notice.received_by = received_on, how
    session.flush()
    audit.record(
        session,
        context,
        action="notice.received",
        object_kind="plan",
        object_id=plan.number,
        after={"received_on": received_on.isoformat(), "by": how},
    )
    follow(session, context, plan_ids=[plan_id])
