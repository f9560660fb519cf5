"""For a day after a changed mobile nothing grave happens, to the instant."""

from datetime import timedelta

from app.domain.mobile_change import SETTLING
from app.services.identity.holds import MobileHold, mobile_hold
from tests.support.callers import confirmed, entered


def test_it_holds_from_the_confirmation_for_its_hours(session, borrower, phone, lin):
    entered(phone)
    mine = {"id_hmac": borrower.id_hmac}
    assert mobile_hold(session, phone.context(), **mine) is None
    confirmed(phone, lin)
    until = phone.now + SETTLING
    assert mobile_hold(session, phone.context(), **mine) == MobileHold(until)
    last = phone.context().at(until - timedelta(seconds=1))
    assert mobile_hold(session, last, **mine) == MobileHold(until)
    assert mobile_hold(session, phone.context().at(until), **mine) is None
