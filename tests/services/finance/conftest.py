"""Who exports, and the agreements that are exported."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Agreement
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.exporting import WITH_FIRST, signed
from tests.support.people import make_staff


@pytest.fixture
def finance(database):
    with database.sessions() as session:
        return make_staff(session, "finance", username="zheng", display_name="郑财务").id


@pytest.fixture
def agreements(database, gateways, settings):
    """Three signed ones, one with a first payment, one whose numbers look like formulas; PDFs of
    their own.
    """
    with database.sessions() as session:
        make = {"session": session, "vault": gateways.vault, "site": settings.site}
        signed(**make, pdf=b"%PDF-1", answers=WITH_FIRST)
        signed(**make, pdf=b"%PDF-2", signed_at=NOW - timedelta(days=40))
        borrower = make_borrower(
            session, gateways.vault, customer_no='=HYPERLINK("http://x.example")'
        )
        signed(
            **make,
            pdf=b"%PDF-3",
            borrower=borrower,
            loan=make_loan(session, borrower, ref="+900012345678901234"),
        )
        return session.scalars(select(Agreement)).all()
