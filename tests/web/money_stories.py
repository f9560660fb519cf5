"""Walks to the pages of money: what is paid to its end, and what is taken back."""

from sqlalchemy import select

from app.domain.calendar import BEIJING
from app.models import Certificate
from tests.support.certificates import as_if_paid, certified, paid_off, signed_of, withdrawn


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
