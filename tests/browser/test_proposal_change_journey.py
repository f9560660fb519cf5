"""A borrower changes an offer before signing it, with and without script, without withdrawing."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.support.proposing import answer, propose
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import look_at


@pytest.mark.parametrize("javascript", [True, False])
def test_what_was_approved_is_changed_and_the_old_page_leads_on(open_page, site, javascript):
    page = open_page(viewport=PHONE, javascript=javascript)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    first = propose(page, loan, choice="最合适")
    page.goto(f"/plan/{first}")
    look_at(page)
    press(page, "改一改这个方案")
    expect(page.locator("main")).to_contain_text("和原来的一样，还没有改动")
    follow(page.locator("main a[href*='/plan/monthly']"))
    answer(page, "900")
    expect(page.locator("main")).to_contain_text("改成")
    look_at(page)
    press(page, "提交改动")
    page.goto(f"/plan/{first}")
    look_at(page)
    follow(page.get_by_role("link", name="看现在的方案"))
    expect(page.locator("main")).to_contain_text("您改了方案")
