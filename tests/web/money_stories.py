"""Walks through pages that money changes."""

from datetime import timedelta

from sqlalchemy import select, update

from app.domain.calendar import BEIJING
from app.models import Agreement, Certificate, Hold, Voucher
from app.services.core.transaction import transaction
from app.services.lender_files.making import delete_lapsed
from app.services.upholding.following import follow
from app.services.upholding.noticing import look_at_kept_plans
from tests.factories import make_hold, make_loan
from tests.support.acting import acting
from tests.support.certificates import as_if_paid, certified, paid_off, signed_of, withdrawn
from tests.support.changing import change_asked
from tests.support.core_files import core_files_of_yesterday
from tests.support.money import arrived, covered, matched, paid, plan_of, taken_back
from tests.support.people import sign_in_as
from tests.support.signing import ask, read_by, sign, signed

MONTH = timedelta(days=30)


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


def changing_what_runs(stage) -> None:
    """A signed plan changed by another signed in its place; the desk reads what is changed."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        loan = make_loan(session, borrower)
        number = signed(session, stage.gateways, stage.site, borrower=borrower, loan=loan)
        desk = stage.desk(session, "changing")
        asked = {"borrower": borrower, "loan": loan, "agreement": number}
        at = stage.clock.now() + timedelta(minutes=3)
        version = change_asked(session, stage.gateways.vault, stage.site, now=at, **asked)
        for place in (f"/agreement/{number}", f"/plan/{version}", "/home"):
            phone.get(place)
        desk.get(f"/admin/plan/{version}")
        found = read_by(session, stage.gateways, stage.site, version, borrower, now=at)
        found = ask(session, stage.gateways, stage.site, found, now=at)
        newer = sign(session, stage.gateways, stage.site, found, now=at)
        query = select(Agreement.check_code).where(Agreement.number == number)
        code = session.scalars(query).one()
    for place in (number, newer, f"{number}/payoff"):
        phone.get(f"/agreement/{place}")
    stage.app.test_client().get(f"/check/{code}")


def taking_papers(stage) -> None:
    """A receipt, the paper of a hold and a quote: taken, checked, and what they say later."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        loan = make_loan(session, borrower)
        number = signed(session, stage.gateways, stage.site, borrower=borrower, loan=loan)
        today = stage.clock.now().astimezone(BEIJING).date()
        payment = paid(session, number, fen=20_000, on=today)
        bare = make_loan(session, borrower)
        matched(session, arrived(session, fen=3_300, on=today), loan=bare)
        make_hold(session, borrower, cause="breathing", until_at=stage.clock.now() + MONTH)
        session.commit()
        taken = [
            phone.post_form(phone.get(page), _action=action)
            for page, action in (
                (f"/agreement/{number}", "/receipt"),
                (f"/loan/{bare.public_id}", "/receipt"),
                (f"/agreement/{number}/payoff", "/quote"),
            )
        ]
        # Of several holds the first.
        fields = phone.get("/hold").page.iter("input")
        token = next(one.get("value") for one in fields if one.get("name") == "csrf_token")
        form = {"csrf_token": token, "cause": "breathing", "version": ""}
        taken.append(phone.post("/hold", data=form, follow_redirects=True))
        phone.post_form(taken[0], _action="/pdf")
        phone.get(taken[0].request.path)
        codes = session.scalars(select(Voucher.check_code).order_by(Voucher.id.desc()).limit(4))
        codes = codes.all()
        stranger = stage.app.test_client()
        for code in codes:
            page = stranger.get(f"/check/{code}")
            if "核对金额" in page.get_data(as_text=True):
                stranger.post_form(page, total="1")
        session.rollback()
        taken_back(session, payment, number, on=today, at=stage.clock.now())
        session.execute(update(Hold).where(Hold.cause == "breathing").values(until_at=Hold.from_at))
        session.commit()
        for code in codes:
            stranger.get(f"/check/{code}")
        for page in taken:
            phone.get(page.request.path)
