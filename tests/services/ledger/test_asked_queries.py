"""What a plan asks by its journals, and what they leave out: never more nor less than its terms."""

from app.domain.keeping.missing import walked
from app.domain.ledger.unposted import unposted
from app.models import PlanVersion
from app.services.keeping.accounts import accounts_of
from app.services.ledger.asked_queries import asked_of
from tests.services.ledger.made import FIRST, posted, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import paid


def test_the_parts_of_what_is_asked(session, vault, site):
    signed = signed_plan(session, vault, site)
    plan, version = signed.plan, session.get_one(PlanVersion, signed.plan.active_version_id)
    waived = sum(one["fen"] for one in version.terms["loans"][0]["waived"])
    assert waived > 0

    def asked(day):
        account = accounts_of(session, plan_ids=[plan.id])[plan.id]
        left = {plan.id: unposted(walked(account, day))}
        return asked_of(session, unposted=left, as_of=day).get(plan.id)

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
