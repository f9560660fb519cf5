"""Walks through pages that money changes."""

from datetime import timedelta

from sqlalchemy import select

from app.domain.calendar import BEIJING
from app.models import Certificate
from app.services.core.transaction import transaction
from app.services.lender_files.making import delete_lapsed
from app.services.upholding.following import follow
from app.services.upholding.noticing import look_at_kept_plans
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.certificates import as_if_paid, certified, paid_off, signed_of, withdrawn
from tests.support.core_files import core_files_of_yesterday
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


def telling_the_core(stage) -> None:
    """Files of a day looked at, taken, and gone; the page without any, too."""
    with stage.database.sessions() as session:
        desk = stage.desk(session, "core", "finance")
    desk.get("/finance/core-files?before=2026-01-01")
    core_files_of_yesterday(stage.database, stage.gateways, stage.site)
    page = desk.get("/finance/core-files")
    desk.post_form(page, _action="/1")
    later = acting(now=stage.clock.now() + timedelta(days=99), gateways=stage.gateways)
    with stage.database.sessions() as session:
        delete_lapsed(session, later, limit=9)
    desk.get("/finance/core-files")


def settling(stage) -> None:
    """Plans paid to their end, certified, and money taken back again."""
    vault, site = stage.gateways.vault, stage.site
    day = stage.clock.now().astimezone(BEIJING).date()
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        numbers = [
            signed_of(session, vault, site, kind, borrower=borrower)
            for kind in ("settlement", "reamortise")
        ]
        for number in numbers:
            paid_off(session, number, on=day)
            certified(session, vault, site, number, on=day, now=stage.clock.now())
        running = signed_of(session, vault, site, "catch_up", borrower=borrower)
        as_if_paid(session, vault, site, running)
        found = [
            (one.public_id, one.check_code)
            for one in session.scalars(select(Certificate).order_by(Certificate.id))
        ][-3:]
    for number in (*numbers, running):
        phone.get(f"/agreement/{number}")
    phone.get("/home")
    for public_id, _code in found:
        phone.get(f"/certificate/{public_id}")
    phone.post_form(phone.get(f"/certificate/{found[0][0]}"), _action="/pdf")
    with stage.database.sessions() as session:
        withdrawn(session, numbers[0], now=stage.clock.now())
    phone.get(f"/certificate/{found[0][0]}")
    phone.get(f"/certificate/{found[0][0]}.pdf", follow_redirects=True)
    stranger = stage.app.test_client()
    for _public_id, code in found:
        page = stranger.get(f"/check/{code}")
    stranger.post_form(page, total="1")
