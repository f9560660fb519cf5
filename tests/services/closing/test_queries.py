"""What stands before a close, and the months that were closed."""

from datetime import date

import pytest

from app.domain.errors import NotFound
from app.services.closing.queries import month_report, months_page
from tests.services.closing.conftest import DECEMBER, NOVEMBER
from tests.support.payments import make_payment


def test_what_lies_about_is_told_and_hinders_nobody(session, vault, came, at_finance):
    came()
    make_payment(session, vault)
    page = months_page(session, at_finance())
    assert (page.next, page.is_ready, page.unmatched, page.unowned) == (NOVEMBER, True, 1, 1)
    assert not months_page(session, at_finance("he", date(2026, 12, 1))).is_ready


def test_a_month_waits_for_its_second_person(session, came, freeze, close, at_finance, month):
    came()
    freeze()
    page = months_page(session, at_finance("he"))
    assert (page.waits, page.next, page.months[0].is_mine) == (True, DECEMBER, False)
    assert months_page(session, at_finance()).months[0].is_mine
    close()
    page = months_page(session, at_finance())
    assert (page.waits, page.months[0].state) == (False, "closed")
    assert month_report(session, month=NOVEMBER) == month().report
    assert months_page(session, at_finance(), before=NOVEMBER).months == ()


def test_a_month_that_was_never_closed_has_no_report(session):
    with pytest.raises(NotFound):
        month_report(session, month=NOVEMBER)
