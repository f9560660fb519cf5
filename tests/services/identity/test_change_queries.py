"""Changed mobiles at the desk: masked, and what the one who reads may do."""

from app.services.identity.change_queries import latest_change, waiting_changes
from tests.support.acting import acting
from tests.support.callers import NEW, confirmed, entered


def test_who_entered_it_reads_that_another_confirms(session, vault, borrower, phone, lin):
    entered(phone)
    mine = latest_change(session, phone.context(), borrower_public_id=borrower.public_id)
    assert (mine.old, mine.new) == ("190****0000", "190****7745")
    assert (mine.is_mine, mine.may_confirm, mine.may_object) == (True, False, False)
    theirs = acting(now=phone.now, vault=vault, staff=lin)
    (waits,) = waiting_changes(session, theirs)
    assert (waits.may_confirm, waits.entered_by, waits.name) == (True, "李静", "*敏")
    assert NEW not in str((mine, waits))


def test_a_confirmed_one_waits_for_nobody_and_may_be_objected_to(session, borrower, phone, lin):
    confirmed(phone, lin)
    assert waiting_changes(session, phone.context()) == ()
    found = latest_change(session, phone.context(), borrower_public_id=borrower.public_id)
    assert (found.state, found.may_object, found.confirmed_by) == ("confirmed", True, "李静")


def test_without_a_change_there_is_none(session, borrower, phone):
    assert latest_change(session, phone.context(), borrower_public_id=borrower.public_id) is None
