"""Accounts of many plans, where one that cannot be read hides no other."""

from sqlalchemy import text

from app.services.ledger.readable import readable_accounts
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
