"""What a passed check and a changed mobile rest on; each fault is planted in test_invariants."""

from app.services.upkeep.callers import untrue_checks
from tests.support.callers import Phone
from tests.support.proposals import make_staff


def test_calls_however_they_ended_are_true(session, vault, site, borrower, loan):
    phone = Phone(session, vault, site, borrower, make_staff(session))
    phone.pass_check()
    other = Phone(session, vault, site, borrower, make_staff(session)).call()
    other.wrong("id_last4")
    other.leave()
    other.call()
    other.wrong("id_last4")
    other.right("birth_on")
    assert list(untrue_checks(session)) == []
