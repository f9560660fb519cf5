"""Walks through pages of a plan that was broken, and of what a person answers then."""

from datetime import timedelta

from sqlalchemy import select, update

from app.models import Payment, PlanMatter
from app.services.core.transaction import transaction
from app.services.upholding.following import follow
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.breaking import MISSED_DAYS, broken
from tests.support.money import paid, plan_of
from tests.support.people import sign_in_as
from tests.support.signing import signed


def breaking(stage) -> None:
    """A plan is broken; its borrower reads how it came, begins a smaller one, and money that was
    paid in time comes to light.
    """
    before = stage.clock.now()
    with stage.database.sessions() as session:
        borrower = stage.borrower(session)[0]
        loan = make_loan(session, borrower)
        number = signed(session, stage.gateways, stage.site, borrower=borrower, loan=loan)
        missed_at = before + timedelta(days=MISSED_DAYS)
        paid(session, number, fen=12_345, on=(before + timedelta(days=10)).date())
        # Money that another of that name may have paid is looked at first.
        session.execute(
            update(Payment).where(Payment.state == "unmatched").values(state="returned")
        )
        after = broken(session, stage.gateways, stage.site, agreement=number, now=missed_at)
        stage.clock.advance(seconds=(after - before).total_seconds())
        phone = sign_in_as(stage.app.test_client(), session, borrower, now=after)
        matter = session.scalars(select(PlanMatter).order_by(PlanMatter.id.desc())).first()
        desk = stage.desk(session, "answering", "supervisor")
        address, loan_page = f"/admin/matters/{matter.public_id}", f"/loan/{loan.public_id}"
    for place in ("/home", loan_page):
        phone.get(place)
    page = phone.get(f"/agreement/{number}")
    phone.post_form(page, _action="/smaller")
    desk.get("/admin/matters")
    page = desk.get(address)
    desk.post_form(page, words="")
    page = desk.post_form(page, words="先按小一点的方案还，明天我给您打电话。")
    desk.get("/admin/matters?state=answered")
    phone.get(f"/agreement/{number}")
    with stage.database.sessions() as session:
        paid(session, number, fen=9_000_000, on=(missed_at + timedelta(days=1)).date())
        context = acting(now=after, gateways=stage.gateways, site=stage.site)
        with transaction(session):
            follow(session, context, plan_ids=[plan_of(session, number).id])
    phone.get(f"/agreement/{number}")
    stage.clock.advance(seconds=(before - after).total_seconds())
