"""What a plan asks by its journals, and what they leave out: never more nor less than its terms."""

from datetime import date, timedelta

from sqlalchemy import text

from app.domain.keeping.missing import walked
from app.domain.ledger.unposted import unposted
from app.models import PlanVersion
from app.services.keeping.accounts import accounts_of
from app.services.ledger.asked_queries import asked_of
from tests.services.ledger.made import FIRST, SECOND, posted, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import paid
from tests.support.unguarded import unguarded

SIGNED = date(2026, 11, 23)


def asked_on(session, plan_id, day):
    account = accounts_of(session, plan_ids=[plan_id])[plan_id]
    left = {plan_id: unposted(walked(account, day))}
    return asked_of(session, unposted=left, as_of=day).get(plan_id)


def test_the_parts_of_what_is_asked(session, vault, site):
    signed = signed_plan(session, vault, site)
    plan, version = signed.plan, session.get_one(PlanVersion, signed.plan.active_version_id)
    waived = sum(one["fen"] for one in version.terms["loans"][0]["waived"])
    assert waived > 0

    def asked(day):
        return asked_on(session, plan.id, day)

    signed_on = acting(now=NOW).today
    assert asked(signed_on) is None
    posted(session, plan.id, signed_on)
    opened = asked(signed_on)
    assert (opened.promised_fen, opened.posted_fen) == (waived, 0)
    assert opened.total_fen == version.total_fen
    paid(session, signed.agreement, fen=400_000, on=signed_on)
    posted(session, plan.id, FIRST)
    later = asked(FIRST)
    assert later.posted_fen > 0
    assert later.unposted.saved_fen > 0
    assert (later.opened_fen, later.total_fen) == (opened.opened_fen, version.total_fen)
    # As of the day before, what was posted since is not seen.
    assert asked(signed_on).posted_fen == 0


def test_a_plan_comes_to_what_its_agreement_prints_whatever_was_paid(session, vault, site):
    signed = signed_plan(session, vault, site)
    plan_id = signed.plan.id
    printed = session.get_one(PlanVersion, signed.plan.active_version_id).total_fen
    assert asked_on(session, plan_id, SIGNED) is None
    posted(session, plan_id, SIGNED)
    assert asked_on(session, plan_id, SIGNED).total_fen == printed
    paid(session, signed.agreement, fen=300_000, on=SIGNED + timedelta(days=2), ref="W1")
    posted(session, plan_id, SECOND)
    for day in (FIRST, SECOND):
        assert asked_on(session, plan_id, day).total_fen == printed


def test_an_opening_that_somebody_changed_shows(session, vault, site):
    signed = signed_plan(session, vault, site)
    printed = session.get_one(PlanVersion, signed.plan.active_version_id).total_fen
    posted(session, signed.plan.id, SIGNED)
    with unguarded(session):
        session.execute(text("UPDATE entries SET fen = fen + 1 WHERE place = 1"))
    assert asked_on(session, signed.plan.id, SIGNED).total_fen == printed + 1
