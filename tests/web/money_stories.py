"""Walks through pages that money changes."""

from datetime import timedelta

from app.services.core.transaction import transaction
from app.services.upholding.following import follow
from app.services.upholding.noticing import look_at_kept_plans
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.money import covered, paid, plan_of
from tests.support.people import sign_in_as
from tests.support.signing import signed


def keeping(stage) -> None:
    """A signed plan of which two parts were missed, noticed, mended in part, and paid in full."""
    after = {"days": 40}
    with stage.database.sessions() as session:
        borrower = stage.borrower(session)[0]
        loan = make_loan(session, borrower)
        number = signed(session, stage.gateways, stage.site, borrower=borrower, loan=loan)
        stage.clock.advance(seconds=timedelta(**after).total_seconds())
        now = stage.clock.now()
        phone = sign_in_as(stage.app.test_client(), session, borrower, now=now)
        covered(session, now.date() - timedelta(days=2))
        context = acting(now=now, gateways=stage.gateways, site=stage.site)
        look_at_kept_plans(session, context, limit=1_000)
        pages = (f"/agreement/{number}", f"/loan/{loan.public_id}", "/home")
        for fen in (0, 1_000, 9_000_000):
            if fen:
                paid(session, number, fen=fen, on=now.date())
                with transaction(session):
                    follow(session, context, plan_ids=[plan_of(session, number).id])
            for place in pages:
                phone.get(place)
    stage.clock.advance(seconds=-timedelta(**after).total_seconds())
