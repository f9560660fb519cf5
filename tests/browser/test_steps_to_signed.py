"""How far it is from the message to the signed agreement, for who was never here before: screens
and taps counted.
"""

import re

from playwright.sync_api import Page, expect

from tests.support.borrowing import borrow
from tests.support.live import LiveSite
from tests.support.proposing import answer, pick, pick_way
from tests.support.signing_pages import ASK, SIGN, agreement
from tests.support.steps import count_steps
from tests.support.walking import follow, press

MOST_SCREENS, MOST_TAPS = 16, 22


def test_sixteen_screens_and_twenty_two_taps_at_most(phone, site):
    steps = count_steps(phone)
    enter(phone, site)
    plan_and_sign(phone, site)
    print(steps)
    assert (len(steps.screens) <= MOST_SCREENS, steps.taps <= MOST_TAPS) == (True, True), steps


def test_three_loans_are_one_screen_and_one_tap_more_at_most(phone, site):
    borrow(site, ["教育分期", "手机分期"])
    steps = count_steps(phone)
    enter(phone, site)
    expect(phone).to_have_url(re.compile("/plan/loans$"))
    press(phone, "继续")
    plan_and_sign(phone, site, monthly="2000")
    print(steps)
    more = len(steps.screens) <= MOST_SCREENS + 1, steps.taps <= MOST_TAPS + 1
    assert more == (True, True), steps


def enter(page: Page, site: LiveSite) -> None:
    """From the address in a message to the first question about a plan."""
    page.goto("/")
    follow(page.get_by_role("link", name="登录，看看我的情况"))
    page.get_by_label("手机号").fill(site.borrower.mobile)
    press(page, "获取验证码")
    page.locator("input[name=code]").fill(site.sms.code(site.borrower.mobile))
    press(page, "登录")
    page.locator("[name=id_last4]").fill(site.borrower.id_last4)
    press(page, "继续")
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    press(page, "同意并继续")
    follow(page.get_by_role("link", name="说说我能还多少"))


def plan_and_sign(page: Page, site: LiveSite, *, monthly: str = "600") -> None:
    """Every question answered, none passed over; approved at once, read, confirmed, signed."""
    pick(page, "收入突然少了")
    press(page, "继续")
    pick_way(page, "现在还说不准", "reamortise")
    expect(page).to_have_url(re.compile("/plan/monthly$"))
    answer(page, monthly)
    expect(page).to_have_url(re.compile("/plan/options$"))
    press(page, "选好了，去核对")
    press(page, "提交还款方案")
    follow(page.get_by_role("link", name="看协议，签字"))
    for box in page.locator(".ah-clause input").all():
        box.check()
    site.clock.advance(seconds=10)
    press(page, ASK)
    page.locator("[name=code]").fill(site.sms.code(site.borrower.mobile))
    press(page, SIGN)
    agreement(page)
