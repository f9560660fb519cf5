"""The desk asks for a change: the borrower is told first thing, replies, and the case comes back,
with and without JavaScript.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry, mark_loan
from tests.support.walking import follow, press
from tests.support.watching import look_at

WORDS, REPLY = "每月再多还 200 元，期数就能少一半，可以吗？", "可以，就按这个数"


@pytest.mark.parametrize(
    "dress", [{}, {"dark": True}, {"javascript": False}], ids=["light", "dark", "no-js"]
)
def test_asked_for_a_change_and_answered(open_page, site, dress):
    ref = site.borrower.loans[0]
    mark_loan(site, ref, difference=True)
    phone, desk = open_page(PHONE, **dress), open_page(DESK, **dress)
    version = propose(phone, carry(phone, site, loan_ref=ref))
    carry(desk, site, username=site.staff("agent").username)
    desk.goto(f"/admin/plan/{version}")
    desk.get_by_role("radio", name="请本人改一改").check()
    desk.get_by_label("写给借款人的话").fill(WORDS)
    press(desk, "预览")
    press(desk, "发出", exact=True)
    expect(desk.locator("main")).to_contain_text("等本人回")
    look_at(desk)
    desk.goto("/admin/?tab=borrower")
    expect(desk.locator("tbody")).to_contain_text("时限停着")
    look_at(desk)

    phone.goto("/home")
    expect(heading(phone)).to_have_text("客服在等您回复")
    look_at(phone)
    follow(phone.get_by_role("link", name="看方案和进展"))
    expect(heading(phone)).to_have_text("客服在等您回复")
    look_at(phone)
    follow(phone.get_by_role("link", name="看客服的话，回复"))
    expect(phone.locator("main")).to_contain_text(WORDS)
    phone.locator("textarea").fill(REPLY)
    press(phone, "发给客服")
    phone.goto(f"/plan/{version}")
    expect(heading(phone)).to_have_text("正在看您的方案")

    desk.goto("/admin/?tab=mine")
    expect(desk.locator("tbody")).to_contain_text("答复方案")
    look_at(desk)
