"""A borrower calls: staff ask in the order of the borrower's own pages and fill in the plan; the
borrower opens the link, submits and signs.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.support.borrowing import borrow
from tests.support.live import LiveSite
from tests.support.proposing import heading, run_outbox
from tests.support.signed_in import carry
from tests.support.signing_pages import take_up
from tests.support.walking import follow, press
from tests.support.watching import look_at

WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
LOOK = "按这些回答看要问什么"


def called(open_page, site: LiveSite, loan: str, *, javascript: bool) -> Page:
    """The desk's page for a borrower on the phone."""
    desk = open_page(DESK, javascript=javascript)
    carry(desk, site, username=site.staff("agent").username)
    desk.goto(f"/admin/loans/{loan}")
    follow(desk.get_by_role("link", name="电话里帮本人填方案"))
    look_at(desk)
    return desk


def hear(desk: Page, ease: str, kind: str) -> None:
    """When it will be easier, and the kind that is taken of those that suit."""
    desk.get_by_label(ease, exact=True).check()
    if not_by_itself(desk):
        press(desk, LOOK)
    way = desk.locator(f"#kind-{kind}")
    expect(way).to_be_visible()
    if not way.is_checked():
        way.check()
        if not_by_itself(desk):
            press(desk, LOOK)
    expect(desk.locator("[name=shown_for]")).to_have_value(kind)
    look_at(desk)


def not_by_itself(desk: Page) -> bool:
    """Without script a button fetches what the page would fetch."""
    return desk.get_by_role("button", name=LOOK).is_visible()


def compute(desk: Page, told: str) -> None:
    """In place, or by the button."""
    if not_by_itself(desk):
        press(desk, "算一算")
    expect(desk.locator("#offer")).to_contain_text(told)
    look_at(desk)


def enter(desk: Page, *told: str) -> None:
    """Shown word by word, then filled in."""
    press(desk, "先看本人会看到的")
    expect(heading(desk)).to_have_text("发出前再看一遍")
    for words in told:
        expect(desk.locator("#shown-page")).to_contain_text(words)
    look_at(desk)
    press(desk, "帮本人填好")
    expect(desk.locator("main")).to_contain_text("已帮本人填好")


def check_and_sign(phone: Page, site: LiveSite, mobile: str, *told: str) -> str:
    """The link in the SMS leads to what was filled in; submitted by its borrower, then signed."""
    run_outbox(site)
    assert "客服已帮您填好" in site.sms.to(mobile)[-1]
    phone.goto("/home")
    follow(phone.get_by_role("link", name="去核对"))
    expect(phone).to_have_url(re.compile("/plan/check$"))
    for words in told:
        expect(phone.locator("main")).to_contain_text(words)
    look_at(phone)
    press(phone, "提交还款方案")
    expect(heading(phone)).to_have_text("您的方案已同意")
    return take_up(phone, site, mobile=mobile)


@WITH_OR_WITHOUT
def test_three_loans_low_first_by_phone(open_page, site, javascript):
    phone = open_page(PHONE)
    borrow(site, ["教育分期", "手机分期"])
    loan = carry(phone, site, loan_ref=site.borrower.loans[0])
    desk = called(open_page, site, loan, javascript=javascript)
    expect(desk.locator("[name=loans]:checked")).to_have_count(3)
    hear(desk, "过几个月会好些", "step_up")
    desk.locator("[name=low]").fill("700")
    desk.locator("[name=monthly]").fill("2500")
    desk.locator("[name=monthly]").blur()
    compute(desk, "头 3 个月每月 ¥700.00")
    enter(desk, "头 3 个月", "每笔借款各还多少")
    paper = check_and_sign(phone, site, site.borrower.mobile, "第 3 笔借款", "先少后多")
    for product in ("教育分期", "手机分期"):
        assert product in paper


@WITH_OR_WITHOUT
def test_put_off_by_phone(open_page, site, javascript):
    phone, borrower = open_page(PHONE), site.demo.borrowers[4]
    loan = carry(phone, site, loan_ref=borrower.loans[0])
    desk = called(open_page, site, loan, javascript=javascript)
    hear(desk, "还没到还款日，怕还不上", "deferral")
    desk.locator("[name=months]").select_option("2")
    desk.get_by_label("每月只还利息，以后每期照旧").check()
    compute(desk, "往后推 2 个月")
    enter(desk, "每月只还")
    check_and_sign(phone, site, borrower.mobile, "延期还款", "每月只还利息")
