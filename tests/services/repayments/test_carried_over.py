"""Money that a replaced agreement was computed with is not taken off by a rule, nor by a tap."""

from datetime import date, timedelta

import pytest

from app.domain.repayments.directory import Destination
from app.models import Borrower
from app.services.core.transaction import transaction
from app.services.repayments.judging import stored_original
from app.services.repayments.posting import CarriedOver, check_not_carried, take_off
from tests.support.acting import acting
from tests.support.changing import change_signed
from tests.support.clock import NOW
from tests.support.kinds import signed_of
from tests.support.money import paid, plan_of
from tests.support.signing import plain

LATER = NOW + timedelta(days=1)


def test_it_stays_where_it_lies(session, gateways, site):
    agreement, loan, _version = signed_of(session, gateways.vault, site, "reamortise")
    old = plan_of(session, agreement.number)
    borrower = session.get_one(Borrower, old.borrower_id)
    payment = paid(session, agreement.number, fen=5_000, on=date(2026, 11, 24))
    assert stored_original(session, payment=payment).received.state == "matched"
    number = change_signed(
        session,
        plain(gateways),
        site,
        borrower=borrower,
        loan=loan,
        agreement=agreement.number,
        now=LATER,
    )
    assert stored_original(session, payment=payment).received.state == "carried"
    with pytest.raises(CarriedOver), transaction(session):
        take_off(session, acting(now=LATER), payment=payment, actor="staff:1")
    # Of the one that runs money is taken off as ever.
    running = Destination("plan", plan_of(session, number).number)
    check_not_carried(session, destinations=[running])
    with pytest.raises(CarriedOver):
        check_not_carried(session, destinations=[Destination("loan", loan.ref)])
