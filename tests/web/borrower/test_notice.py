"""A notice on the phone: what mends the plan, until when; that it was read is noted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import PlanNotice
from app.services.upholding.noticing import look_at_kept_plans
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import covered
from tests.support.people import sign_in_as
from tests.support.signing import plain, signed

LATER = timedelta(days=60)


@pytest.fixture
def noticed(client, session, site, borrower, gateways, clock):
    """A phone two months after the signature, nothing paid, and the agreement's number."""
    loan = make_loan(session, borrower)
    number = signed(session, plain(gateways), site, borrower=borrower, loan=loan)
    now = NOW + LATER
    covered(session, now.date() - timedelta(days=2))
    look_at_kept_plans(session, acting(now=now, gateways=gateways, site=site), limit=10)
    clock.advance(seconds=LATER.total_seconds())
    sign_in_as(client, session, borrower, now=now)
    session.rollback()
    return client, number


def notice_of(session) -> PlanNotice:
    session.rollback()
    session.expire_all()
    return session.scalars(select(PlanNotice)).one()


@pytest.mark.parametrize("place", ["/home", "/agreement/{}"])
def test_whoever_reads_it_sees_the_last_day_and_has_received_it(session, noticed, place):
    phone, number = noticed
    assert notice_of(session).received_on is None
    words = phone.get(place.format(number)).text
    assert "方案照旧" in words
    assert "（含当天）补上就行" in words
    found = notice_of(session)
    assert (found.received_on, found.received_by) == ((NOW + LATER).date(), "read")
    # The next time it is the same day.
    told = words.partition("（含当天）补上就行")[0][-14:]
    assert told in phone.get(place.format(number)).text


def test_after_the_last_day_a_person_is_spoken_of(session, noticed, clock, borrower):
    phone, _number = noticed
    phone.get("/home")
    clock.advance(seconds=20 * 86_400)
    sign_in_as(phone, session, borrower, now=NOW + LATER + timedelta(days=20))
    words = phone.get("/home").text
    assert "已经过了" in words
    assert "由人来看" in words
