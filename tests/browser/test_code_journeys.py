"""Codes that go wrong, as people meet them on a phone: tried too often, asked for elsewhere, asked
for too often.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry
from tests.support.signing_pages import SIGN, agreement, to_code
from tests.support.walking import follow, press
from tests.support.watching import look_at

DRESSES = {"390": True, "390-no-js": False}
phones = pytest.mark.parametrize("javascript", DRESSES.values(), ids=DRESSES)


def ask(page, site) -> str:
    page.goto("/sign-in")
    page.get_by_label("手机号").fill(site.borrower.mobile)
    press(page, "获取验证码")
    return site.sms.code(site.borrower.mobile)


def fill_wrong(page, code: str, button: str, *, times: int) -> None:
    for _ in range(times):
        page.locator("[name=code]").fill("000000" if code != "000000" else "111111")
        press(page, button)


def soon(page, javascript: bool, least: int) -> None:
    """The countdown: it runs where there is script, and says the same in words where there is
    none.
    """
    words = page.locator("[data-reading] span")
    expect(words).to_have_text(re.compile(r"再过 \d+ 秒可以再发一条"))
    if javascript:
        first = words.inner_text()
        expect(words).not_to_have_text(first)
    else:
        expect(words).to_have_text(f"再过 {least} 秒可以再发一条")


@phones
def test_five_wrong_tries_a_new_code_and_in(open_page, site, javascript):
    page = open_page(PHONE, javascript=javascript)
    code = ask(page, site)
    look_at(page)
    soon(page, javascript, 60)
    fill_wrong(page, code, "登录", times=4)
    expect(page.get_by_role("alert")).to_contain_text("没有对上")
    site.clock.advance(seconds=15)
    fill_wrong(page, code, "登录", times=1)
    expect(heading(page)).to_have_text("需要一条新的验证码")
    soon(page, javascript, 45)
    look_at(page)
    press(page, "重新获取验证码")  # too early: told so, and nothing is lost
    expect(page.locator("main")).to_contain_text("再过 45 秒可以再发一条")
    site.clock.advance(seconds=45)
    press(page, "重新获取验证码")
    page.locator("[name=code]").fill(site.sms.code(site.borrower.mobile))
    press(page, "登录")
    expect(heading(page)).to_have_text("确认是您本人")


@phones
def test_a_second_phone_within_the_minute(open_page, site, javascript):
    ask(open_page(PHONE, javascript=javascript), site)
    page = open_page(PHONE, javascript=javascript)
    site.clock.advance(seconds=10)
    ask(page, site)
    expect(page.get_by_role("alert")).to_contain_text("那一条只能在那边填")
    expect(page.get_by_label("手机号")).to_have_value(site.borrower.mobile)
    soon(page, javascript, 50)
    look_at(page)
    site.clock.advance(seconds=50)
    press(page, "获取验证码")
    page.locator("[name=code]").fill(site.sms.code(site.borrower.mobile))
    press(page, "登录")
    expect(heading(page)).to_have_text("确认是您本人")


@phones
def test_asked_for_too_often_on_new_phones(open_page, site, javascript):
    for _ in range(5):
        ask(open_page(PHONE, javascript=javascript), site)
        site.clock.advance(minutes=2)
    page = open_page(PHONE, javascript=javascript)
    ask(page, site)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("从今天 11:00 起可以再要验证码")
    expect(told).to_contain_text(site.settings.site.hotline)
    look_at(page)
    follow(told.get_by_role("link", name="请人给我回电"))
    expect(page).to_have_url(re.compile("/callback"))


@phones
def test_the_code_that_signs_tried_too_often(open_page, site, javascript):
    page = open_page(PHONE, javascript=javascript)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    code = to_code(page, site, page.url.split("/")[-2])
    site.clock.advance(seconds=30)
    fill_wrong(page, code, SIGN, times=5)
    expect(page.locator("main")).to_contain_text("上一条不能再用了")
    soon(page, javascript, 30)
    look_at(page)
    site.clock.advance(seconds=30)
    press(page, "重新获取验证码")
    page.locator("[name=code]").fill(site.sms.code(site.borrower.mobile))
    press(page, SIGN)
    agreement(page)
    expect(heading(page)).to_have_text("签好了")
