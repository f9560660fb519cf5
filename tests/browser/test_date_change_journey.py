"""One due date moved on the phone: a wrong day mended, two taps, and the agreement says what was
moved.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRESSES
from tests.support.proposing import propose
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import follow, press, press_twice
from tests.support.watching import look_at

PHONES = {name: dress for name, dress in DRESSES.items() if name != "1366"}
PHONES["320"] = {"viewport": {"width": 320, "height": 640}}
MOVE = "改到这一天"


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_a_date_is_moved_once(open_page, site, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    agreement = signed(page, site, page.url.split("/")[-2])
    page.goto(agreement)
    look_at(page)
    follow(page.get_by_role("link", name="改一次还款日"))
    form = page.locator("#due-day")
    expect(form).to_be_in_viewport()
    expect(form.locator("legend")).to_have_text(re.compile("^第 1 期现在是 .*，改到哪天？$"))

    # Nothing chosen; then a day that is too late, which stays where it was typed.
    press(page, MOVE)
    expect(page.locator(".ah-fixes")).to_contain_text("请选一个日子")
    form.get_by_text("别的日子").click()
    own = form.locator("input[type=date]")
    late = own.get_attribute("max").replace("-", "")
    own.fill(f"{int(late[:4]) + 1}-{late[4:6]}-{late[6:]}")
    press(page, MOVE)
    expect(page.locator(".ah-fixes")).to_contain_text("（含当天）中的一天")
    expect(own).to_have_value(f"{int(late[:4]) + 1}-{late[4:6]}-{late[6:]}")
    look_at(page)

    latest = form.locator(".ah-choice", has_text="最晚")
    latest.locator("label").click()
    press_twice(page, MOVE, site.door)
    expect(page).to_have_url(re.compile(f"{agreement}#due-day$"))
    expect(form).to_contain_text(re.compile(r"改好了：第 1 期改到 \d+年\d+月\d+日（含当天）"))
    look_at(page)
    moved = form.inner_text()
    # Its own address shows no form any more.
    page.goto(f"{agreement}/date")
    expect(page).to_have_url(re.compile(f"{agreement}#due-day$"))
    assert form.inner_text() == moved
    follow(page.get_by_role("link", name="返回"))
    expect(page.locator("main")).to_contain_text(re.search(r"改到 (.*?)（", moved)[1])
