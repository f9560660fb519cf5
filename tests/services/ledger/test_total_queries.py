"""What signed plans come to by their journals."""

from datetime import date, timedelta

from sqlalchemy import text

from app.models import PlanVersion
from app.services.ledger.total_queries import ledger_totals
from tests.services.ledger.made import FIRST, SECOND, posted, signed_plan
from tests.support.money import paid
from tests.support.unguarded import unguarded

SIGNED = date(2026, 11, 23)


def test_a_plan_comes_to_what_its_agreement_prints_whatever_was_paid(session, vault, site):
    signed = signed_plan(session, vault, site)
    plan_id = signed.plan.id
    printed = session.get_one(PlanVersion, signed.plan.active_version_id).total_fen
    assert ledger_totals(session, plan_ids=[plan_id], as_of=SIGNED) == {}
    posted(session, plan_id, SIGNED)
    assert ledger_totals(session, plan_ids=[plan_id], as_of=SIGNED) == {plan_id: printed}
    paid(session, signed.agreement, fen=300_000, on=SIGNED + timedelta(days=2), ref="W1")
    posted(session, plan_id, SECOND)
    for day in (FIRST, SECOND):
        assert ledger_totals(session, plan_ids=[plan_id], as_of=day) == {plan_id: printed}


def test_an_opening_that_somebody_changed_shows(session, vault, site):
    signed = signed_plan(session, vault, site)
    printed = session.get_one(PlanVersion, signed.plan.active_version_id).total_fen
    posted(session, signed.plan.id, SIGNED)
    with unguarded(session):
        session.execute(text("UPDATE entries SET fen = fen + 1 WHERE place = 1"))
    found = ledger_totals(session, plan_ids=[signed.plan.id], as_of=SIGNED)
    assert found == {signed.plan.id: printed + 1}
