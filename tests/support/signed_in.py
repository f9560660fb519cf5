"""A browser that carries a session without walking through sign-in."""

from datetime import date

from sqlalchemy import select

from app import create_app
from app.models import Borrower, Loan, Staff
from app.wiring import make_gateways
from tests.support.clock import FixedClock
from tests.support.live import LiveSite
from tests.support.people import sign_in_as, sign_in_staff


def carry(page, site: LiveSite, *, loan_ref: str = "", username: str = "") -> str:
    """Sign the page in as the owner of a loan (returns the loan's public id) or as staff."""
    app = create_app(site.settings, gateways=make_gateways(site.settings), clock=FixedClock())
    client, public_id = app.test_client(), ""
    with app.extensions["anhuan"].sessions() as session:
        if username:
            staff = session.scalars(select(Staff).where(Staff.username == username)).one()
            sign_in_staff(client, session, staff, now=site.clock.now())
        else:
            loan = session.scalars(select(Loan).where(Loan.ref == loan_ref)).one()
            public_id = loan.public_id
            sign_in_as(
                client, session, session.get_one(Borrower, loan.borrower_id), now=site.clock.now()
            )
    app.extensions["anhuan_engine"].dispose()
    name = app.config["SESSION_COOKIE_NAME"]
    page.context.add_cookies(
        [{"name": name, "value": client.get_cookie(name).value, "url": site.url}]
    )
    return public_id


def mark_loan(site: LiveSite, loan_ref: str, **values) -> None:
    """Change a stored loan, e.g. missing_since_on."""
    app = create_app(site.settings, gateways=make_gateways(site.settings), clock=FixedClock())
    with app.extensions["anhuan"].sessions() as session:
        loan = session.scalars(select(Loan).where(Loan.ref == loan_ref)).one()
        for name, value in values.items():
            setattr(loan, name, value)
        session.commit()
    app.extensions["anhuan_engine"].dispose()


YESTERDAY = date(2026, 11, 22)
