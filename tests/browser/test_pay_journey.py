"""Paying here on a phone: from the message's address to what arrived, by the local cashier; paid
twice; with and without JavaScript.
"""

import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRESSES
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import follow, press
from tests.support.watching import look_at

PHONES = {name: dress for name, dress in DRESSES.items() if name != "1366"}
# From the address in a message to what arrived; and how long it may take.
MOST_SCREENS, MOST_SECONDS = 5, 60


@pytest.fixture
def agreement(open_page, site):
    """The address of a plan that was just signed."""
    page = open_page(**DRESSES["390-no-js"])
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    return urlsplit(signed(page, site, page.url.split("/")[-2])).path


def screens(page):
    seen = []
    page.on("framenavigated", lambda frame: seen.append(urlsplit(frame.url).path))
    return seen


def to_the_cashier(page, dress):
    """On to where one pays: by itself with JavaScript, by a tap without."""
    press(page, "去付款")
    if not dress.get("javascript", True):
        look_at(page)
        follow(page.get_by_role("link", name="用本地收银台付"))
    page.wait_for_url("**/dev/cashier/**")
    page.wait_for_load_state()


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_an_instalment_is_paid_and_seen_to_arrive(open_page, site, agreement, dress):
    page = open_page(**dress)
    carry(page, site, loan_ref=site.borrower.loans[0])
    seen, began = screens(page), time.monotonic()
    page.goto("/pay")
    page.wait_for_load_state()
    expect(heading(page)).to_have_text("这次付多少？")
    look_at(page)
    to_the_cashier(page, dress)
    press(page, "付款成功")
    expect(heading(page)).to_contain_text("收到了")
    assert time.monotonic() - began < MOST_SECONDS
    assert len(seen) <= MOST_SCREENS, seen
    expect(page.locator("main")).to_contain_text("交易号末六位")
    look_at(page)
    page.goto(agreement)
    expect(page.locator("#received + details")).to_contain_text("付的")


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_paid_twice_is_told_where_it_lies(open_page, site, agreement, dress):
    page = open_page(**dress)
    carry(page, site, loan_ref=site.borrower.loans[0])
    page.goto(f"{agreement}/pay")
    page.locator("label", has_text="自己写一个数").click()
    page.locator("#own").fill("１００")
    look_at(page)
    to_the_cashier(page, dress)
    look_at(page)
    press(page, "付了两次")
    expect(heading(page)).to_contain_text("收到了")
    expect(page.locator("main")).to_contain_text("又收到 ¥100.00")
    look_at(page)


def test_a_page_that_waits_asks_by_itself(open_page, site, agreement):
    dress = DRESSES["390"]
    page = open_page(**dress)
    carry(page, site, loan_ref=site.borrower.loans[0])
    page.goto(f"{agreement}/pay")
    to_the_cashier(page, dress)
    press(page, "付了，回调晚点再来")
    expect(heading(page)).to_contain_text("付 ¥")
    expect(heading(page)).to_contain_text("收到了")


def test_who_comes_back_by_the_back_button_is_told_what_waits(open_page, site, agreement):
    dress = DRESSES["390"]
    page = open_page(**dress)
    carry(page, site, loan_ref=site.borrower.loans[0])
    page.goto(f"{agreement}/pay")
    to_the_cashier(page, dress)
    page.go_back()
    expect(heading(page)).to_have_text("这次付多少？")
    expect(page.locator("main")).to_contain_text("的付款单正在等结果")
    look_at(page)
    follow(page.get_by_role("link", name="看看到没到"))
    # It went to the channel once: now it stays, and asks by itself.
    expect(heading(page)).to_contain_text("付 ¥")
    look_at(page)
    follow(page.get_by_role("link", name="换一个数，或者换一种付法"))
    expect(heading(page)).to_have_text("这次付多少？")
