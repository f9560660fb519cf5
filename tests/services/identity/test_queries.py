"""The page of a caller: masked, counted over all calls, without one right answer."""

import pytest

from app.domain.errors import NotFound
from app.services.identity.queries import caller_view
from tests.support.acting import acting
from tests.support.callers import RIGHT, Phone


def test_before_the_check_it_tells_only_who_is_said_to_call(phone, borrower):
    view = phone.view
    assert (view.name, view.mobile, view.state, view.asked) == ("*敏", "190****0000", "", None)
    assert (view.left, view.still_needed) == (("id_last4", "birth_on", "instalment"), 2)


def test_nothing_in_it_tells_an_answer(phone):
    phone.call()
    phone.right("id_last4")
    phone.wrong("birth_on")
    for said in RIGHT.values():
        assert said not in str(phone.view)


def test_wrong_answers_are_counted_on_from_earlier_calls(
    session, vault, site, borrower, phone, lin
):
    phone.call()
    phone.wrong("id_last4")
    phone.leave()
    other = Phone(session, vault, site, borrower, lin, now=phone.now).call()
    other.right("id_last4")
    other.wrong("birth_on")
    rows = [(one.item, one.result, one.wrong_so_far) for one in other.view.answers]
    assert rows == [("id_last4", "right", 1), ("birth_on", "wrong", 2)]
    (earlier,) = other.view.earlier
    assert (earlier.staff, earlier.state, earlier.wrong) == ("李静", "left", 1)


def test_a_borrower_who_is_none_is_not_found(session, vault, mei):
    with pytest.raises(NotFound):
        caller_view(session, acting(vault=vault, staff=mei), borrower_public_id="nobody")
