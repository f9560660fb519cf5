"""A message about a plan: in the borrower's words, once, and only while it is so."""

from sqlalchemy import select

from app.models import OutboxItem
from app.services.core.transaction import transaction
from app.services.outbox.occasions import Occasion
from app.services.upholding.telling import tell
from tests.support.money import plan_of


def test_it_names_the_plan_and_is_a_service(session, later, number):
    plan, context = plan_of(session, number), later(1)
    about = Occasion("plan", plan.public_id, plan.state)
    with transaction(session):
        tell(session, context, plan=plan, template="plan_completed", key="k", about=about)
    row = session.scalars(select(OutboxItem).where(OutboxItem.idempotency_key == "k")).one()
    assert (row.purpose, row.borrower_id, row.state) == ("service", plan.borrower_id, "waiting")
    said = context.vault.unseal(row.payload_enc, table="outbox", row="k", column="payload")
    assert plan.number in said
