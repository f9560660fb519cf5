"""A signed plan that no longer fits is changed on the phone, signed again, and the earlier
agreement leads on, with and without script.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.support.proposing import choose, propose, say_monthly
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import follow, press
from tests.support.watching import look_at


@pytest.mark.parametrize("javascript", [True, False])
def test_a_plan_that_runs_is_changed_and_signed_again(open_page, site, javascript):
    page = open_page(viewport=PHONE, javascript=javascript)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    agreement = signed(page, site, page.url.split("/")[-2])
    page.goto(agreement)
    page.locator("#change summary").click()
    look_at(page)
    press(page, "按剩下的重新安排")
    expect(page).to_have_url(re.compile("/plan/reason$"))
    look_at(page)
    press(page, "跳过这一题")
    look_at(page)
    press(page, "就按选的")
    say_monthly(page, "900")
    look_at(page)
    version = choose(page, "最合适")
    page.goto(f"/plan/{version}")
    expect(page.locator("main")).to_contain_text("照旧")
    look_at(page)
    page.goto(agreement)
    expect(page.locator("#change")).to_contain_text("同意了，等您签字")
    look_at(page)

    site.clock.advance(seconds=120)  # a number gets no two codes within a minute
    newer = signed(page, site, version)
    page.goto(newer)
    look_at(page)
    number, before = newer.split("/")[-1], agreement.split("/")[-1]
    expect(page.locator("main")).to_contain_text(before)
    page.goto(agreement)
    expect(page.locator("main")).to_contain_text(f"协议 {number} 取代了这一份")
    look_at(page)
    follow(page.get_by_role("link", name="看现在的协议"))
    expect(page).to_have_url(re.compile(f"/agreement/{number}$"))
    page.goto("/home")
    expect(page.locator("main")).to_contain_text("下一步")
    look_at(page)
