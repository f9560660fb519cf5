"""Where a person's checks stand."""

from datetime import timedelta

from app.domain.caller import CALL_LASTS, COUNTED
from app.services.identity.standing import (
    answers_of,
    own_check,
    passed_check,
    stopped_until,
    wrong_lately,
)
from tests.support.acting import acting
from tests.support.callers import Phone


def test_only_ones_own_check_of_this_call_opens_anything(session, vault, borrower, phone, lin):
    phone.pass_check()
    mine = phone.context()
    assert passed_check(session, mine, borrower=borrower) is not None
    assert passed_check(session, acting(now=phone.now, staff=lin), borrower=borrower) is None
    late = mine.at(phone.now + CALL_LASTS)
    assert passed_check(session, late, borrower=borrower) is None


def test_an_open_check_has_not_passed(session, borrower, phone):
    phone.call()
    phone.right("id_last4")
    assert passed_check(session, phone.context(), borrower=borrower) is None
    check = own_check(session, phone.context(), borrower=borrower)
    assert [one.result for one in answers_of(session, check=check)] == ["right"]


def test_wrong_answers_and_stops_are_over_after_a_day(session, vault, site, borrower, phone, lin):
    phone.call()
    phone.wrong("id_last4")
    phone.wrong("birth_on")
    Phone(session, vault, site, borrower, lin, now=phone.now).call(after=timedelta()).wrong(
        "id_last4"
    )
    who = {"person": (borrower,)}
    assert wrong_lately(session, phone.context(), **who) == 3
    assert stopped_until(session, phone.context(), **who) == phone.now + COUNTED
    later = phone.context().at(phone.now + COUNTED)
    assert (wrong_lately(session, later, **who), stopped_until(session, later, **who)) == (0, None)
