"""Signed plans that were missed, noticed, read and not mended: broken by the nightly round."""

from datetime import datetime, timedelta

from app.models import Borrower
from app.services.breaks.recording import break_plans
from app.services.upholding.noticing import look_at_kept_plans
from app.services.upholding.receiving import read_notice
from tests.support.acting import acting
from tests.support.money import covered, plan_of

# So many days after the signature two parts are missed, and so many later the cure is over.
MISSED_DAYS, CURE_DAYS = 75, 20


def missed(session, gateways, site, *, agreement: str, now: datetime) -> None:
    """Nobody paid: files cover all, the notice goes and is read; `now` is long after two parts."""
    context = acting(now=now, gateways=gateways, site=site)
    covered(session, now.date() - timedelta(days=1))
    look_at_kept_plans(session, context, limit=1_000)
    plan = plan_of(session, agreement)
    borrower = session.get_one(Borrower, plan.borrower_id)
    read_notice(session, context, borrower_id=borrower.id, plan_number=plan.number)
    session.expire_all()


def broken(session, gateways, site, *, agreement: str, now: datetime) -> datetime:
    """The plan is missed and broken; return the instant of the break."""
    missed(session, gateways, site, agreement=agreement, now=now)
    after = now + timedelta(days=CURE_DAYS)
    covered(session, after.date() - timedelta(days=1))
    done = break_plans(session, acting(now=after, gateways=gateways, site=site), limit=1_000)
    session.expire_all()
    if not done or plan_of(session, agreement).state != "broken":
        raise ValueError("it did not break")
    return after
