"""A sum of one's own to settle with: a person looks at it, proposes a higher one, two supervisors
stand by what principal it gives up, and the borrower signs.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, DRESSES
from tests.support.desk_pages import another_supervisor
from tests.support.live import LiveSite
from tests.support.proposing import heading, pick_way
from tests.support.signed_in import carry
from tests.support.signing_pages import take_up
from tests.support.walking import follow, press
from tests.support.watching import look_at

WORDS = "再多一些，我们就能一次了结。您看看合不合适。"
SUMMARY = "手上只有这一笔钱，过后收入还是不稳。"


@pytest.mark.parametrize("dress", [DRESSES["390"], DRESSES["390-no-js"]], ids=["js", "no-js"])
def test_own_sum_countered_released_by_two_and_accepted(open_page, site, dress):
    page = open_page(**dress)
    version = own_sum(page, carry(page, site, loan_ref=site.borrower.loans[0]))
    author = at_desk(open_page, site, site.staff("supervisor").username, dress)
    counter(author, version, principal="300")
    page.goto(f"/plan/{version}")
    expect(page.locator("main")).not_to_contain_text(WORDS)
    release(at_desk(open_page, site, another_supervisor(site), dress))

    page.goto("/home")
    look_at(page)
    page.goto(f"/plan/{version}")
    follow(page.get_by_role("link", name="看现在的方案"))
    expect(heading(page)).to_have_text("我们提了另一个数")
    expect(page.locator("main")).to_contain_text(WORDS)
    look_at(page)
    press(page, "接受，去看协议")
    paper = take_up(page, site, mobile=site.borrower.mobile, begun=True)
    assert "300.00" in paper


def own_sum(page: Page, loan: str) -> str:
    """To the proposal of ¥4,000 on what is more; the version's public id."""
    page.goto(f"/loan/{loan}/plan")
    press(page, "跳过这一题")
    pick_way(page, "手上有一笔钱", "settlement")
    page.locator("[name=answer]").select_option(index=3)
    page.locator("label[for=own-own]").click()
    page.locator("[name=sum]").fill("4000")
    look_at(page)
    press(page, "继续")
    expect(page).to_have_url(re.compile("/plan/check$"))
    expect(page.locator("main")).to_contain_text("¥4,000.00")
    look_at(page)
    press(page, "提交还款方案")
    expect(heading(page)).to_have_text("方案已经收到")
    look_at(page)
    return page.url.split("/")[-2]


def at_desk(open_page, site: LiveSite, username: str, dress) -> Page:
    desk = open_page(DESK, javascript=dress.get("javascript", True))
    carry(desk, site, username=username)
    return desk


def counter(desk: Page, version: str, *, principal: str) -> None:
    """Another sum, written at the desk and handed on to be released."""
    desk.goto(f"/admin/plan/{version}")
    look_at(desk)
    follow(desk.get_by_role("link", name="给一个建议"))
    desk.locator("#counter [name=principal]").fill(principal)
    press(desk, "重新算")
    expect(desk.locator("#means")).to_contain_text("两位主管")
    look_at(desk)
    desk.get_by_label("写给借款人的话").fill(WORDS)
    desk.get_by_label("给放行人的摘要").fill(SUMMARY)
    press(desk, "预览")
    look_at(desk)
    press(desk, "交给主管放行")
    expect(desk.locator("main")).to_contain_text("在等主管放行")


def release(desk: Page) -> None:
    desk.goto("/admin/releases")
    follow(desk.get_by_role("link", name="第 2 版"))
    expect(desk.locator("main")).to_contain_text("减免本金，两位主管才行")
    look_at(desk)
    press(desk, "放行，马上发给本人")
    expect(desk.locator("main")).to_contain_text("已放行")
