"""Accounts of many plans, where one that cannot be read hides no other."""

from datetime import date

from sqlalchemy import text

from app.services.keeping.readable import readable_accounts, readable_standings
from tests.services.ledger.made import signed_plan
from tests.support.unguarded import unguarded


def test_one_that_cannot_be_read_hides_no_other(session, vault, site):
    plans = [signed_plan(session, vault, site).plan for _ in range(3)]
    ids = [one.id for one in plans]
    assert set(readable_accounts(session, plan_ids=ids)) == set(ids)
    with unguarded(session):
        unknown = "UPDATE plan_versions SET policy_version = 'x' WHERE plan_id = :plan"
        session.execute(text(unknown), {"plan": ids[1]})
    assert set(readable_accounts(session, plan_ids=ids)) == {ids[0], ids[2]}
    assert readable_accounts(session, plan_ids=[ids[1]]) == {}
    assert readable_accounts(session, plan_ids=[]) == {}


def test_where_they_stand_is_told_of_those_that_can_be_read(session, vault, site):
    ids = [signed_plan(session, vault, site).plan.id for _ in range(2)]
    with unguarded(session):
        unknown = "UPDATE plan_versions SET policy_version = 'x' WHERE plan_id = :plan"
        session.execute(text(unknown), {"plan": ids[1]})
    found = readable_standings(session, plan_ids=ids, as_of=date(2026, 12, 1))
    assert {plan: one.state for plan, one in found.items()} == {ids[0]: "active"}
